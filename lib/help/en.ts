/** The screens of `mqttrec help`, in English: at most 24 lines of at most 80 columns. */

export const screens = {
  start: `mqttrec records MQTT messages into CSV and JSON files.

  mqttrec                                     from a broker on this machine
  mqttrec --broker 192.0.2.7 --topic "home/#" from another one
  mqttrec --broker mqtts://b.example.com --username anna
  mqttrec --simulate --embedded-broker        try it: no broker, no sensors

While it records, type a key and Enter:
  v  the topics and their last values    m TEXT  note what you did
  s  the figures                         t       what else the broker has
  q  quit (so does Ctrl+C)               h       the keys

  mqttrec --print | grep temperature          each message as a line, too
  mqttrec --duration 2h --output exports/monday
  mqttrec topics --broker 192.0.2.7           what a broker has, unrecorded
  mqttrec check exports                       are the files whole?

More:
  mqttrec help files    what is in the files      mqttrec help excel
  mqttrec help tls      passwords, certificates   mqttrec help service
  mqttrec --help        every flag`,

  files: `The files of a recording (--output exports/monday; without it mqtt_data)

  exports/monday.csv        a row for each message, with a header
  exports/monday.json       the same rows, one array, one object a line
  exports/monday.gaps.csv   when messages may have been missed; none: no file
  exports/monday.marks.csv  what you noted with the key m
  exports/monday.lock       how far the last run was: leave it there

  timestamp  when it was received: 2026-11-24T06:32:34.874Z, which is UTC
  topic      as received
  payload    the text exactly; base64 if it is no text
  encoding   utf-8 or base64
  qos        0, 1 or 2
  retain     true: the broker had kept it from before
  dup        true: the broker sent it again, it may stand twice

The next run with the same --output continues them; nothing is overwritten.
Look at them at any time: they are whole while they grow.

  mqttrec check exports/monday            reads every row, changes nothing
  mqttrec check exports/monday --repair   mends the end after a crash`,

  excel: `Opening a recording in Excel

Do not double-click the CSV: Excel would guess what is a number and a date, and
might save that over it. mqttrec does not continue a file that was saved anew.

  1. Copy the file: exports/mqtt_data.csv to monday.csv
  2. In Excel: Data, From Text/CSV, and choose the copy
  3. File Origin: 65001 Unicode (UTF-8). Delimiter: Comma
  4. Transform Data: set the column payload to Text, or to Decimal Number using
     the locale English (United States), as sensors write 23.7
  5. Close & Load

timestamp is UTC. For local time add a column in Power Query:
  DateTimeZone.ToLocal(DateTimeZone.FromText([timestamp]))

One worksheet holds 1,048,576 rows. For more, filter in Power Query, or record
in parts: a new --output for each day.

LibreOffice: File, Open; Character set UTF-8, Separated by Comma, and
"Format quoted field as text".`,

  service: `mqttrec as a service on Linux: /etc/systemd/system/mqttrec.service

  [Unit]
  Description=Record MQTT messages
  After=network-online.target
  Wants=network-online.target

  [Service]
  DynamicUser=yes
  StateDirectory=mqttrec
  LoadCredential=password:/etc/mqttrec/password
  ExecStart=/usr/local/bin/mqttrec --broker 192.0.2.7 --topic "home/#" --wait \\
    --username anna --password-file \${CREDENTIALS_DIRECTORY}/password \\
    --output /var/lib/mqttrec/home
  Restart=on-failure
  RestartSec=10

  [Install]
  WantedBy=multi-user.target

Then: systemctl enable --now mqttrec; journalctl -u mqttrec tells how it goes.
--wait waits for a broker that is not there. systemctl stop ends it as q does.`,

  tls: `Passwords and certificates

  --username anna                 the password is asked for, unseen
  --password-file FILE            its first line is the password
  MQTT_PASSWORD                   the same as a variable

  --broker mqtts://b.example.com  TLS, port 8883; the system's authorities count
  --cafile FILE                   a certificate (PEM) to trust beside those:
                                  that of the broker, or of who issued it
  --cert FILE --key FILE          our own, where the broker asks for one
  --servername NAME               the certificate bears another name
  --broker wss://b.example.com/mqtt    through a WebSocket, port 443

The certificate of a broker, to look at or to give to --cafile:
  openssl s_client -connect HOST:8883 -showcerts </dev/null

"unknown authority"   give --cafile the certificate of who issued it
"another name"        write the name that it bears, or --servername
"expired"             renew it, or set the clock of this machine
--insecure believes whoever answers: for a test only, never with a password.`,
};

/** The screens, by the word that names each; `start` is shown without one. */
export type Screens = typeof screens;
