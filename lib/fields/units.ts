/** Tells units from other text that follows a number. */

/** Units that may follow a number without a space. Others need one: `12ab` is a name. */
const KNOWN = new Set(
  [
    "C F K V mV kV A mA µA uA W mW kW MW Wh kWh MWh VA kVA var kvar Hz kHz MHz GHz ohm kohm",
    "lx lux lm ppm ppb dB dBA dBm Pa hPa kPa MPa bar mbar psi mm cm m km m/s km/h mph kn",
    "ms s sec min h d g kg mg µg l L ml mL m2 m² m3 m³ l/min L/min l/h L/h m3/h m³/h",
    "µg/m3 µg/m³ ug/m3 ug/m³ mg/m3 mg/m³ W/m2 W/m² B kB KB MB GB KiB MiB GiB rpm pH",
  ].join(" ").split(" "),
);
/** Begins with a sign that only units have: `%`, `°C`, `Ω`, `µS`. */
const SIGN = /^[%‰°ºµμΩΩ]\S{0,11}$/u;
/** Any short word, after a space. */
const WORD = /^\p{L}[\p{L}\p{M}\d%°µΩ²³⁻¹·*/^.-]{0,15}$/u;

/**
 * Whether `text`, which follows a number, is its unit.
 *
 * @param spaced Whether a space stands between.
 */
export function isUnit(text: string, spaced: boolean): boolean {
  return SIGN.test(text) || KNOWN.has(text) || spaced && WORD.test(text);
}
