/** Flags for the connection to the broker. */

import type { Flag } from "../command_line.ts";

export const BROKER = [
  {
    name: "broker",
    value: { en: "ADDRESS", fr: "ADRESSE" },
    example: "192.0.2.7",
    default: "localhost",
    help: {
      en: "host, host:port or URL: mqtt:// mqtts:// ws:// wss://, with user:password@ and path",
      fr:
        "hôte, hôte:port ou URL : mqtt:// mqtts:// ws:// wss://, avec nom:mot_de_passe@ et chemin",
    },
  },
  {
    name: "port",
    short: "p",
    value: "PORT",
    example: "8883",
    help: {
      en: "port of the broker; default 1883, mqtts 8883, ws 80, wss 443",
      fr: "port du broker ; par défaut 1883, mqtts 8883, ws 80, wss 443",
    },
  },
  {
    name: "username",
    short: "u",
    value: { en: "NAME", fr: "NOM" },
    example: "anna",
    help: {
      en: "who to log in as; the password is asked for where there is a terminal",
      fr: "nom de connexion ; le mot de passe est demandé s'il y a un terminal",
    },
  },
  {
    name: "password",
    short: "P",
    value: { en: "PASSWORD", fr: "MOT_DE_PASSE" },
    example: "PASSWORD",
    help: {
      en: "visible to others on this machine: better --password-file or MQTT_PASSWORD",
      fr: "visible des autres sur cette machine : mieux vaut --password-file ou MQTT_PASSWORD",
    },
  },
  {
    name: "password-file",
    value: { en: "FILE", fr: "FICHIER" },
    example: "anna.password",
    help: {
      en: "file whose first line is the password",
      fr: "fichier dont la première ligne est le mot de passe",
    },
  },
  {
    name: "cafile",
    value: { en: "FILE", fr: "FICHIER" },
    example: "ca.pem",
    help: {
      en: "certificates (PEM) to trust beside the system's; switches TLS on",
      fr: "certificats (PEM) auxquels se fier, en plus de ceux du système ; active TLS",
    },
  },
  {
    name: "cert",
    value: { en: "FILE", fr: "FICHIER" },
    example: "client.crt",
    help: {
      en: "our own certificate (PEM), for brokers that ask for one",
      fr: "notre propre certificat (PEM), si le broker en demande un",
    },
  },
  {
    name: "key",
    value: { en: "FILE", fr: "FICHIER" },
    example: "client.key",
    help: {
      en: "private key (PEM) of --cert; may be encrypted",
      fr: "clé privée (PEM) de --cert ; peut être chiffrée",
    },
  },
  {
    name: "key-password-file",
    value: { en: "FILE", fr: "FICHIER" },
    example: "key.password",
    help: {
      en: "file whose first line opens the key; else it is asked for",
      fr: "fichier dont la première ligne ouvre la clé ; sinon elle est demandée",
    },
  },
  {
    name: "insecure",
    help: {
      en: "do not check who the broker is: for tests only",
      fr: "ne pas vérifier l'identité du broker : pour des essais seulement",
    },
  },
  {
    name: "alpn",
    value: { en: "PROTOCOL", fr: "PROTOCOLE" },
    example: "mqtt",
    help: {
      en: "TLS protocol name to ask for, such as 'mqtt' on port 443",
      fr: "nom de protocole TLS à demander, comme « mqtt » sur le port 443",
    },
  },
  {
    name: "servername",
    value: { en: "NAME", fr: "NOM" },
    example: "broker.example.com",
    help: {
      en: "name the broker's certificate must bear; default: the host",
      fr: "nom que doit porter le certificat du broker ; par défaut l'hôte",
    },
  },
  {
    name: "wait",
    value: { en: "TIME", fr: "DURÉE" },
    otherwise: "yes",
    example: "10m",
    help: {
      en: "wait for a broker that is not there yet: for ever, or for 10m",
      fr: "attendre un broker qui n'est pas encore là : sans fin, ou 10m",
    },
  },
] as const satisfies readonly Flag[];
