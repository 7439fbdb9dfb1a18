/** Reason codes that the built-in broker answers with [MQTT-2.4]. */

export const NORMAL = 0x00, WITH_WILL = 0x04, NO_SUBSCRIPTION = 0x11, FAILURE = 0x80;
export const MALFORMED = 0x81,
  PROTOCOL_ERROR = 0x82,
  IMPLEMENTATION_ERROR = 0x83,
  BAD_CLIENT_ID = 0x85;
export const SHUTTING_DOWN = 0x8b, BAD_METHOD = 0x8c, KEEPALIVE = 0x8d, TAKEN_OVER = 0x8e;
export const FILTER_INVALID = 0x8f, TOPIC_INVALID = 0x90, TOO_LARGE = 0x95;

/** Ends a connection, with a reason code; `returnCode` is MQTT 3.1.1's, in a CONNACK. */
export class Refusal extends Error {
  constructor(readonly code: number, readonly returnCode = 0) {
    super(`MQTT reason code ${code}`);
  }
}
