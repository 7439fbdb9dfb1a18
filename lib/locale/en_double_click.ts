/** The sentences for somebody who double-clicked the program, in English. */

export const doubleClick = {
  question: "Address of the broker (Enter: the built-in one with simulated sensors): ",
  /** `other`: a second address, perhaps. Both are tried meanwhile. */
  nobody: (address: string, other: string | undefined) =>
    `No MQTT broker answers at ${address}${
      other === undefined ? "" : ` or ${other}`
    }: recording begins when one does`,
  answers: (address: string) => `A broker answers at ${address}`,
  badAddress: (written: string) =>
    `Cannot use "${written}": it is not the address of a broker\n` +
    `Examples: 192.0.2.7 or mqtts://broker.example.com`,
  /** The broker refused who we are. */
  withUser: "With a user name: write NAME@ADDRESS, the password is asked for",
  remembered: (address: string, path: string) =>
    `Broker: ${address}, remembered in "${path}"\nDelete that file to forget it`,
  cannotRemember: (path: string, cause: string) =>
    `Cannot remember the address in "${path}": ${cause}`,
  /** `folder`: where the files go, and why not beside the program. */
  folder: {
    temporary: (folder: string) =>
      `mqttrec was started inside a ZIP or a temporary folder: the files go to "${folder}"`,
    system: (folder: string) =>
      `mqttrec was started in a folder of Windows: the files go to "${folder}"`,
    denied: (folder: string) => `mqttrec may not write beside itself: the files go to "${folder}"`,
  },
  enterCloses: "Press Enter to close this window: ",
};
