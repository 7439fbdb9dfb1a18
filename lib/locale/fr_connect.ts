/** The sentences about the connection to the broker, in French. */

import type { Sentences } from "./en.ts";
import { duration } from "./format.ts";

const cannotSubscribe = (state: string, remedy: string) => (topic: string) =>
  `Impossible de s'abonner à « ${topic} » : ${state}\n${remedy}`;

const cannotPublish = (state: string, remedy: string) => (topic: string) =>
  `Impossible de publier sur « ${topic} » : ${state}\n${remedy}`;

const because = (state: string, remedy: string) => (address: string) =>
  `Impossible de se connecter à « ${address} » : ${state}\n${remedy}`;

export const connect: Sentences["connect"] = {
  notDownloaded:
    "Impossible de charger les paquets MQTT : Deno n'a pas pu les télécharger de npm\n" +
    "Vérifiez le réseau ; s'il a ses propres certificats, définissez DENO_TLS_CA_STORE=system",
  unknownScheme: (scheme) =>
    `Impossible de se connecter avec « ${scheme}:// » : il faut mqtt://, mqtts://, ws:// ou wss://\n` +
    `Exemple : mqtts://broker.example.com`,
  cutAtSlash:
    `Impossible d'utiliser --broker : un @ s'y trouve après le premier / ? ou #, où commence le chemin\n` +
    `Dans un nom, un mot de passe ou un chemin, écrivez %40 pour @, %2F pour /, %3F pour ?, %23 pour #`,
  needsTls: (flag, scheme) =>
    `Impossible d'utiliser ${flag} avec « ${scheme}:// » : ce n'est pas chiffré\n` +
    `Utilisez ${scheme === "ws" ? "wss" : "mqtts"}://, ou retirez ${flag}`,
  needsCert: (flag) =>
    `Impossible d'utiliser ${flag} seule : il faut aussi un certificat\nAjoutez --cert FICHIER`,
  needsUsername: `Impossible d'utiliser un mot de passe seul : il faut aussi un nom\n` +
    `Ajoutez --username NOM`,
  passwordTwice: (a, b) =>
    `Impossible d'utiliser ${a} et ${b} ensemble : un seul mot de passe suffit\nGardez-en un`,
  sharedTwice: (flag, topic) =>
    `Impossible d'utiliser ${flag} avec « ${topic} » : ce filtre nomme déjà son groupe\n` +
    `Retirez l'un des deux`,
  contradict: (a, b) =>
    `Impossible d'utiliser ${a} et ${b} ensemble : elles se contredisent\nGardez-en une`,
  badPassword: (flag) =>
    `Impossible d'utiliser ${flag} : il faut un texte d'au plus 65 535 octets sans NUL\n` +
    `Regardez ce que contient le fichier ou la variable`,
  embeddedIsPlain: (scheme) =>
    `Impossible d'utiliser --embedded-broker avec « ${scheme}:// » : ` +
    `le broker intégré parle MQTT simple\nRetirez l'un des deux`,
  passwordVisible: "Le mot de passe sur la ligne de commande est visible des autres sur cette " +
    "machine : utilisez --password-file ou MQTT_PASSWORD",
  insecure:
    "NON SÛR : l'identité du broker n'est pas vérifiée, un intermédiaire peut tout lire et changer",
  unanswered5: "Le broker n'a pas répondu en MQTT 5 : enregistrement en MQTT 3.1.1 " +
    "(s'il était seulement lent, relancez ; sinon, --mqtt-version 3.1.1 évite cet essai)",
  noProperties: "Le broker parle MQTT 3.1.1, où les messages n'ont pas de propriétés : " +
    "la colonne de --properties reste vide",
  perhapsNotShared: (filter) =>
    `Le broker parle MQTT 3.1.1, qui n'a pas d'abonnements partagés : si ce broker ne les ajoute ` +
    `pas, rien ne vient pour « ${filter} »`,
  perhapsTwice: (filters) =>
    `Des filtres se recoupent : un message qui correspond à plusieurs de ceux-ci peut être ` +
    `enregistré plusieurs fois : ${filters}`,
  askPassword: (username) => `Mot de passe de ${username} : `,
  askKeyPassword: (path) => `Mot de passe de la clé « ${path} » : `,
  cannotRead: (path, cause) => `Impossible de lire « ${path} » : ${cause}\nVérifiez le chemin`,
  notText: (path) =>
    `Impossible de lire « ${path} » : ce n'est du texte ni en UTF-8 ni en UTF-16\n` +
    `Enregistrez-le en UTF-8`,
  trimmed: (name) => `L'espace à la fin de ${name} n'est pas pris en compte`,
  controlInSecret: (name, character) =>
    `Impossible d'utiliser ${name} : il s'y trouve le caractère de contrôle ${character}\n` +
    `Écrivez de nouveau le nom et le mot de passe, en texte simple`,
  typedUnreadable: (flag) =>
    `Impossible d'utiliser le mot de passe tapé : un caractère accentué n'est pas arrivé, comme sous Windows\n` +
    `Écrivez-le dans un fichier, et nommez celui-ci avec ${flag}`,
  emptyFile: (path) =>
    `Impossible d'utiliser « ${path} » : sa première ligne est vide\nLe mot de passe y est attendu`,
  passwordTooLong: (path) =>
    `Impossible d'utiliser « ${path} » : sa première ligne dépasse 65 535 octets, trop pour MQTT\n` +
    `Le mot de passe y est attendu`,
  notCertificate: (path) =>
    `Impossible d'utiliser « ${path} » : il ne contient aucun certificat PEM\n` +
    `Il faut des lignes BEGIN CERTIFICATE et END CERTIFICATE`,
  notKey: (path) =>
    `Impossible d'utiliser « ${path} » : il ne contient aucune clé privée PEM\n` +
    `Il faut des lignes BEGIN et END PRIVATE KEY`,
  keyMissing: (path) =>
    `Impossible d'utiliser le certificat « ${path} » seul : aucune clé privée n'est dans ce fichier\n` +
    `Ajoutez --key FICHIER`,
  keyIsEncrypted: (path) =>
    `Impossible d'ouvrir « ${path} » : la clé est chiffrée\nAjoutez --key-password-file FICHIER`,
  keyStaysShut: (path) =>
    `Impossible d'ouvrir « ${path} » : ce n'est pas son mot de passe\n` +
    `Vérifiez-le, ou déchiffrez la clé avec openssl`,
  otherKey: (key, cert) =>
    `Impossible d'utiliser « ${key} » : ce n'est pas la clé de « ${cert} »\n` +
    `Donnez les deux qui vont ensemble`,
  unwanted: (state, nextMs) =>
    `${state}\nIl acceptait avant : nouvel essai dans ${
      duration(nextMs)
    }, puis de moins en moins ` +
    `souvent, à la fin toutes les 5 min`,
  troubled: (address, everyMs) =>
    `La connexion à ${address} se ferme peu après chaque ouverture : nouvel essai au moins toutes ` +
    `les ${duration(everyMs)} ; le journal du broker dit peut-être pourquoi`,
  closedAtSubscribe: (filters, cause) =>
    `Impossible de s'abonner à « ${filters} » : le broker a fermé la connexion${
      cause === undefined ? "" : ` (${cause})`
    }\nVérifiez ses droits d'accès, ou choisissez un autre filtre avec --topic`,
  publishRefused: {
    other: (topic, said) =>
      cannotPublish(`le broker a refusé (${said})`, "Son journal dit peut-être pourquoi")(topic),
    notAuthorized: (topic, said) =>
      cannotPublish(
        `le broker a refusé (${said})`,
        "Demandez à son responsable le droit d'y publier",
      )(topic),
    quota: (topic, said) =>
      cannotPublish(
        `un quota du broker est épuisé (${said})`,
        "Publiez moins, ou demandez un quota plus grand à son responsable",
      )(topic),
    qos: (topic, said) =>
      cannotPublish(
        `le broker n'accepte pas ce QoS (${said})`,
        "Choisissez-en un plus bas avec --qos",
      )(topic),
  },
  statusRefused: (topic, said) =>
    `Impossible de publier l'état sur « ${topic} » : le broker ${
      said === undefined ? "ferme la connexion" : `a refusé (${said})`
    }\nIl n'est plus publié désormais ; l'enregistrement continue`,
  copied: (clientId) =>
    `Cet enregistrement vient d'une autre machine ou d'un autre dossier : il continue sous le nom ` +
    `« ${clientId} » et laisse son ancienne session à l'enregistreur de là-bas`,
  code: (code, words) => words === undefined ? `code ${code}` : `code ${code} : « ${words} »`,
  credentialsRefused: (address, said, sent) =>
    (sent === "both"
      ? because(
        `le broker n'accepte pas ce nom et ce mot de passe (${said})`,
        "Vérifiez les deux, ou demandez un accès à son responsable",
      )
      : sent === "name"
      ? because(
        `le broker n'accepte pas ce nom sans mot de passe (${said})`,
        "Ajoutez --password-file FICHIER, ou définissez MQTT_PASSWORD",
      )
      : because(
        `le broker demande un nom et un mot de passe (${said})`,
        "Ajoutez --username NOM : le mot de passe est demandé, ou donnez --password-file FICHIER",
      ))(address),
  refused: {
    other: (address, said) =>
      because(`le broker a refusé (${said})`, "Son journal dit pourquoi")(address),
    version: (address, said) =>
      because(
        `le broker ne parle pas cette version de MQTT (${said})`,
        "mqttrec parle 5 et 3.1.1, et essaie les deux si --mqtt-version n'en nomme aucune",
      )(address),
    clientId: (address, said) =>
      because(
        `le broker n'accepte pas notre identifiant de client (${said})`,
        "Donnez-en un qu'il accepte avec --client-id ID ; son responsable sait lequel",
      )(address),
    unavailable: (address, said) =>
      because(
        `le broker est là, mais pas prêt (${said})`,
        "Réessayez plus tard, ou laissez faire --wait",
      )(address),
    busy: (address, said) =>
      because(`le broker est occupé (${said})`, "Réessayez plus tard, ou laissez faire --wait")(
        address,
      ),
    banned: (address, said) =>
      because(
        `le broker a banni ce client (${said})`,
        "Demandez à son responsable de lever l'interdiction",
      )(address),
    method: (address, said) =>
      because(
        `le broker demande une autre authentification (${said})`,
        "mqttrec connaît le nom avec mot de passe, et le certificat : demandez à son responsable",
      )(address),
    tooLarge: (address, said) =>
      because(
        `notre premier paquet est trop grand pour le broker (${said})`,
        "Choisissez un identifiant, un mot de passe ou un --status-topic plus court",
      )(address),
    quota: (address, said) =>
      because(
        `un quota du broker est épuisé (${said})`,
        "Arrêtez d'autres clients, ou demandez un quota plus grand à son responsable",
      )(address),
    otherServer: (address, said) =>
      because(
        `le broker nous renvoie à un autre (${said})`,
        "Donnez celui-ci avec --broker si vous lui faites confiance, ou demandez l'adresse à son responsable",
      )(address),
    tooFast: (address, said) =>
      because(
        `le broker a eu trop de connexions en peu de temps (${said})`,
        "Réessayez plus tard",
      )(address),
  },
  endedByBroker: (address, state) =>
    because(
      `le broker a mis fin à la connexion : ${state}`,
      "Réessayez plus tard ; son journal en dit peut-être plus",
    )(address),
  subscribeRefused: {
    other: (topic, said) =>
      cannotSubscribe(
        `le broker a refusé (${said})`,
        "Vérifiez ses droits d'accès, ou choisissez un autre filtre avec --topic",
      )(topic),
    notAuthorized: (topic, said) =>
      cannotSubscribe(
        `le broker a refusé (${said})`,
        "Demandez à son responsable le droit d'y lire, ou choisissez un autre filtre avec --topic",
      )(topic),
    invalidFilter: (topic, said) =>
      cannotSubscribe(
        `le broker n'accepte pas ce filtre (${said})`,
        "Choisissez-en un autre avec --topic",
      )(topic),
    quota: (topic, said) =>
      cannotSubscribe(
        `un quota du broker est épuisé (${said})`,
        "Choisissez moins de filtres, ou demandez un quota plus grand à son responsable",
      )(topic),
    tooLarge: (topic, said) =>
      cannotSubscribe(
        `le filtre est plus long que le broker ne l'accepte (${said})`,
        "Choisissez-en un plus court avec --topic",
      )(topic),
    noShared: (topic, said) =>
      cannotSubscribe(
        `le broker n'a pas d'abonnements partagés (${said})`,
        "Retirez --share, et $share/GROUPE/ devant un filtre",
      )(topic),
    noWildcards: (topic, said) =>
      cannotSubscribe(
        `le broker n'autorise pas les jokers + et # (${said})`,
        "Nommez chaque topic en entier avec --topic",
      )(topic),
  },
  tooLong: (count, most) =>
    `${count === 1 ? "1 message écarté" : `${count} messages écartés`} : plus de ${most} octets`,
  wrongName: (address, names) =>
    because(
      `son certificat porte un autre nom : ${names}`,
      "Utilisez ce nom dans --broker, ou --servername NOM si c'est bien le bon broker",
    )(address),
  http: {
    noPath: (address, answer) =>
      because(
        `il répond ${answer} à un WebSocket`,
        "Vérifiez le chemin après le port : souvent /mqtt, parfois /ws",
      )(address),
    wantsLogin: (address, answer) =>
      because(
        `son serveur web demande une authentification avant MQTT : ${answer}`,
        "mqttrec s'authentifie en MQTT seulement, sans en-tête Authorization : demandez à son " +
          "responsable un chemin ou un port qui s'en passe, ou utilisez mqtts://",
      )(address),
    forbidden: (address, answer) =>
      because(
        `son serveur web ne nous permet pas de WebSocket : ${answer}`,
        "Demandez un accès à son responsable ; parfois il faut une URL signée, avec tout ce qui suit le point d'interrogation",
      )(address),
    proxyWantsLogin: (address, answer) =>
      because(
        `un proxy sur le chemin demande une authentification : ${answer}`,
        "mqttrec ne s'authentifie auprès d'aucun proxy : demandez au responsable du réseau de l'éviter",
      )(address),
    noUpgrade: (address, answer) =>
      because(
        `il répond ${answer} à un WebSocket`,
        "Un proxy devant le broker ne transmet peut-être pas les WebSockets : faites-les y autoriser",
      )(address),
    tooMany: (address, answer) =>
      because(`il a reçu trop de requêtes : ${answer}`, "Réessayez plus tard")(address),
    noBroker: (address, answer) =>
      because(
        `un proxy répond, mais n'atteint pas le broker : ${answer}`,
        "Démarrez le broker, ou faites vérifier son adresse dans la configuration du proxy",
      )(address),
    unavailable: (address, answer) =>
      because(
        `son serveur web ou un proxy ne peut pas nous servir maintenant : ${answer}`,
        "Réessayez plus tard, ou vérifiez que le broker est démarré",
      )(address),
    networkWantsLogin: (address, answer) =>
      because(
        `ce réseau demande d'abord une authentification : ${answer}`,
        "Ouvrez une page dans un navigateur et identifiez-vous",
      )(address),
    redirects: (address, answer) =>
      because(
        `il renvoie à une autre adresse : ${answer}`,
        "Donnez-la avec --broker si vous lui faites confiance, avec wss:// pour https://, ws:// pour http://",
      )(address),
    serverFails: (address, answer) =>
      because(`son serveur web est en échec : ${answer}`, "Son journal dit pourquoi")(address),
  },
  unanswered: {
    TLS: (address, seconds) =>
      because(
        `quelque chose y écoute, mais ne répond pas en TLS en ${seconds} s`,
        "Utilisez mqtt:// (ws:// pour un WebSocket), ou le port TLS du broker, en général 8883",
      )(address),
    WebSocket: (address, seconds) =>
      because(
        `quelque chose y écoute, mais ne répond pas en WebSocket en ${seconds} s`,
        "Utilisez mqtt:// ou mqtts://, ou le port WebSocket du broker",
      )(address),
    CONNECT: (address, seconds) =>
      because(
        `quelque chose y écoute, mais ne répond pas en MQTT en ${seconds} s`,
        "Vérifiez que c'est bien le port MQTT du broker ; si oui, son journal dit peut-être pourquoi",
      )(address),
    only5: (address, seconds) =>
      because(
        `quelque chose y écoute, mais ne répond pas en MQTT 5 en ${seconds} s`,
        "Retirez --mqtt-version : un ancien broker peut se taire en MQTT 5 ; ou vérifiez le port",
      )(address),
    SUBSCRIBE: (address, seconds) =>
      because(
        `le broker accepte la connexion, mais ne répond pas à SUBSCRIBE en ${seconds} s`,
        "Il est peut-être surchargé : réessayez plus tard ; son journal dit peut-être pourquoi",
      )(address),
  },
  nameUnknown: (address, state) =>
    because(state, "Vérifiez l'écriture du nom dans --broker, et le réseau")(address),
  unreachable: (address, state) =>
    because(state, "Vérifiez --broker et le port, et que le broker est démarré")(address),
  malformed: (address, state) =>
    because(
      state,
      "Mettez le broker à jour, ou faites-lui oublier ce qu'il garde pour ce client",
    )(address),
  problems: {
    expired: because(
      "son certificat a expiré",
      "Faites-le renouveler ; vérifiez aussi la date et l'heure de cette machine",
    ),
    notYetValid: because(
      "son certificat n'est pas encore valable",
      "Vérifiez la date et l'heure de cette machine",
    ),
    selfSigned: because(
      "son certificat est auto-signé",
      "Si c'est le bon broker, faites-lui confiance : --cafile FICHIER avec une copie du certificat",
    ),
    unknownAuthority: because(
      "une autorité inconnue de cette machine a émis son certificat",
      "Si c'est le bon broker, ajoutez --cafile FICHIER avec le certificat de cette autorité",
    ),
    wantsCertificate: because(
      "il demande un certificat de notre part",
      "Ajoutez --cert FICHIER et --key FICHIER",
    ),
    refusesCertificate: because(
      "il n'accepte pas notre certificat",
      "Vérifiez que --cert vient de l'autorité du broker, et qu'il est encore valable",
    ),
    notOfCafile: because(
      "son certificat ne vient pas de --cafile, ou n'est pas celui d'un serveur",
      "Donnez à --cafile le certificat de l'autorité qui l'a émis, ou sa copie s'il est auto-signé",
    ),
    handshakeRefused: because(
      "il refuse la négociation TLS : il demande un certificat de notre part, ou d'autres algorithmes",
      "Vérifiez --cert FICHIER et --key FICHIER ; son journal dit lequel des deux",
    ),
    tlsVersion: because(
      "il ne parle ni TLS 1.2 ni TLS 1.3",
      "Faites mettre le broker à jour : les versions plus anciennes ne sont pas sûres",
    ),
    alpn: because(
      "il n'y a pas d'accord sur le protocole dans TLS",
      "Donnez --alpn mqtt s'il le demande, sinon retirez --alpn",
    ),
    noTls: because(
      "ce qui y écoute ne parle pas TLS",
      "Utilisez mqtt:// (ws:// pour un WebSocket), ou le port TLS du broker, en général 8883",
    ),
    closed: because(
      "la connexion s'est fermée avant toute réponse",
      "Vérifiez le port : 1883 pour MQTT simple, 8883 pour TLS",
    ),
    perhapsTls: because(
      "la connexion s'est fermée avant toute réponse : ce port demande en général TLS",
      "Utilisez mqtts://, ou le port simple du broker, en général 1883",
    ),
    perhapsWebSocket: because(
      "il répond, mais pas en MQTT",
      "Si c'est un serveur web ou un port WebSocket, utilisez ws:// ou wss://",
    ),
    oldForm: because(
      "il répond à MQTT 5 sous la forme de MQTT 3.1.1",
      "Retirez --mqtt-version, ou donnez --mqtt-version 3.1.1",
    ),
    noWebSocket: because(
      "ce qui y écoute ne parle pas WebSocket",
      "Utilisez mqtt:// ou mqtts://, ou le port WebSocket du broker : ws://, ou wss:// s'il veut TLS",
    ),
    otherWebSocket: because(
      "le WebSocket qui y répond n'est pas fait pour MQTT",
      "Vérifiez le chemin après le port : souvent /mqtt, parfois /ws",
    ),
    tlsClosed: because(
      "la connexion chiffrée a été fermée avant une réponse",
      "S'il demande un certificat de notre part, vérifiez --cert et --key ; sinon son journal dit pourquoi",
    ),
    tlsFailed: because(
      "la connexion TLS a échoué",
      "Le journal du broker dit pourquoi",
    ),
  },
};
