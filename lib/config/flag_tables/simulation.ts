/** Flags for the simulated sensors. */

import type { Flag } from "../command_line.ts";

export const SIMULATION = [
  {
    name: "simulate",
    help: {
      en: "publish simulated sensors to the broker, and record what comes back",
      fr: "publier des mesures simulées, et enregistrer ce qui revient",
    },
  },
  {
    name: "sensors",
    value: "N",
    example: "50",
    default: "7",
    help: { en: "simulated sensors", fr: "nombre de capteurs simulés" },
  },
  {
    name: "interval",
    value: { en: "SECONDS", fr: "SECONDES" },
    example: "0.5",
    default: "3",
    help: {
      en: "time between two values of a simulated sensor; 0: as fast as the broker takes them",
      fr: "temps entre deux mesures d'un capteur simulé ; 0 : aussi vite que le broker les accepte",
    },
  },
  {
    name: "seed",
    value: "N",
    example: "7",
    help: {
      en: "make the simulation reproducible",
      fr: "rendre la simulation reproductible",
    },
  },
  {
    name: "embedded-broker",
    help: {
      en: "start a built-in broker on this machine if none is running",
      fr: "démarrer un broker intégré sur cette machine si aucun ne tourne",
    },
  },
] as const satisfies readonly Flag[];
