/** The sentences of the program, in French. */

import { check } from "./fr_check.ts";
import { connect } from "./fr_connect.ts";
import { doubleClick } from "./fr_double_click.ts";
import { exporting } from "./fr_export.ts";
import { invalid } from "./fr_invalid.ts";
import { rotate } from "./fr_rotate.ts";
import { live } from "./fr_live.ts";
import { settings } from "./fr_settings.ts";
import { sheet } from "./fr_sheet.ts";
import { bytes, duration, number } from "./format.ts";
import type { Risk } from "../message/gap.ts";
import type { Sentences } from "./en.ts";

const LANG = "fr-FR";
const RUN = "Lancez : ";
const UNITS = ["o", "Ko", "Mo", "Go", "To"];

/** Ce que sont devenus les messages depuis une exécution qui a fini. */
function since(risk: Risk | undefined): string {
  if (risk === undefined) return "le broker livre ce que sa file a pu garder";
  return risk === "yes"
    ? "ce qui a été publié depuis manque peut-être"
    : "depuis, le broker a gardé ce qui a été envoyé en QoS 1 ou 2";
}

export const fr: Sentences = {
  lang: "fr",
  prompt: "Tapez 'q' pour quitter : ",
  ended: "👋 Fin du programme.",
  endedIncomplete: "👋 Fin du programme, mais tout n'est pas dans ses fichiers : voir ci-dessus",
  number: (n, decimals) => number(LANG, n, decimals),
  bytes: (n) => bytes(LANG, UNITS, n),
  duration,

  status: {
    messages: (n) => n < 2 ? `${n} message reçu` : `${number(LANG, n)} messages reçus`,
    rate: (perSecond) => `${number(LANG, perSecond, perSecond < 10 ? 1 : 0)} par s`,
    last: (agoMs) =>
      agoMs === undefined ? "aucun pour l'instant" : `dernier il y a ${duration(agoMs)}`,
    reconnecting: "RECONNEXION",
    stalled: "DISQUE BLOQUÉ",
  },
  figures: {
    broker: "Broker",
    topics: "Topics",
    messages: "Reçus",
    rate: "Débit",
    last: "Activité",
    files: "Fichiers",
  },
  keys: [
    "Touches, puis Entrée :",
    "  q  quitter (Ctrl+C aussi)",
    "  s  afficher les statistiques",
    "  v  afficher les topics et leur dernière valeur, puis revenir",
    "  m  noter un repère : m porte ouverte",
    "  t  regarder ce qu'a le broker sur d'autres topics",
    "  h  afficher ces touches",
  ],
  keysLeft:
    "L'enregistrement continue, peut-être en arrière-plan : les touches ne sont plus lues, Ctrl+C y met fin",
  keysLeftWaiting:
    "L'attente du broker continue, peut-être en arrière-plan : les touches ne sont " +
    "plus lues, Ctrl+C y met fin",
  throughNpm: (npm) =>
    `Lancé par ${npm}, qui ne transmet pas les signaux : un service doit lancer deno run ou ` +
    `l'exécutable (lib/config/README.md)`,
  launcherEnded: "Ce qui a lancé cet enregistrement s'est terminé : il se termine aussi",
  unknownKey: (line) =>
    `Touche inconnue « ${line} » : q pour quitter, s pour les statistiques, h pour les touches, puis Entrée`,

  connected: (address, topics) => `Connecté à ${address}, enregistrement de ${topics}`,
  reconnected: (address) =>
    `De nouveau connecté à ${address}, session reprise : le broker livre ce que sa file a pu garder`,
  reconnectedWithGap: (address) =>
    `De nouveau connecté à ${address}, sans la session : ce qui a été publié entre-temps manque peut-être`,
  sessionResumed: "Session reprise : ce que le broker a gardé arrive d'abord",
  sessionShort: (asked, granted) =>
    `Le broker ne garde la session que ${duration(granted)}, au lieu de ${duration(asked)}`,
  uncleanEnd: (ago, risk) =>
    `Le dernier enregistrement a été interrompu il y a ${duration(ago)} : ${since(risk)}`,
  betweenRuns: (ago, risk) =>
    `Le dernier enregistrement s'est terminé il y a ${duration(ago)} : ${since(risk)}`,
  sessionLost: (ago) =>
    `La session laissée au broker il y a ${duration(ago)} n'existe plus : ` +
    `ce qui a été publié depuis manque peut-être`,
  alienGaps: (path, count, row) =>
    `« ${path} » contient ${
      count === 1 ? "une ligne" : `${number(LANG, count)} lignes`
    } que mqttrec n'a pas écrite${count === 1 ? "" : "s"}, ${
      count === 1 ? "" : "d'abord "
    }la ligne ${number(LANG, row)} : laissé tel quel, et continué`,
  dropped: (count, ms) =>
    `Le broker a ${
      count === undefined
        ? "peut-être abandonné des messages"
        : `abandonné ${count === 1 ? "1 message" : `${number(LANG, count)} messages`}`
    } en ${duration(ms)}${
      count === undefined ? "" : ", ceux destinés à d'autres clients compris"
    } : ` +
    `il en garde plus avec un max_queued_messages (1 000 pour Mosquitto) ou un max_queued_bytes plus grand`,
  redelivery: "Reconnexion, pour que le broker renvoie ceux qu'il garde encore",
  goesOnWithout: "L'enregistrement continue ; un filtre refusé est redemandé toutes les 30 s",
  goesOnWithLess: "L'enregistrement continue avec ce qui est accordé",
  subscribedAgain: "Le broker accorde de nouveau tous les filtres",
  disconnected: (address, cause) =>
    `Connexion à ${address} perdue${cause ? ` (${cause})` : ""} : reconnexion en cours`,
  waiting: (why, nextMs) =>
    `${why}\nNouvel essai dans ${
      duration(nextMs)
    }, et ainsi de suite (--wait) ; q ou Ctrl+C y met fin`,
  retrying: (cause) => `${cause} : nouvel essai`,
  embeddedStarted: (address) =>
    `Broker intégré démarré sur ${address}, pour cette machine uniquement`,
  embeddedUnneeded: (address) => `Un broker tourne déjà sur ${address} : il est utilisé`,
  embeddedOversized: (clientId, count, most) =>
    `Impossible d'accepter ${bytes(LANG, UNITS, count)} d'un coup de « ${clientId} » : le broker ` +
    `intégré accepte au plus ${bytes(LANG, UNITS, most)}, et l'a déconnecté`,
  embeddedOverflow: (clientId, count) =>
    `Impossible de garder plus de messages pour « ${clientId} » : ${bytes(LANG, UNITS, count)} ` +
    `l'attendent dans le broker intégré, et les suivants ne lui parviennent pas`,
  embeddedRetainedFull: (count, size) =>
    `Impossible de retenir plus de messages : le broker intégré en garde au plus ${
      number(LANG, count)
    }, ou ${bytes(LANG, UNITS, size)}`,
  simulating: (sensors, intervalMs) =>
    `Simulation de ${sensors} capteur${sensors === 1 ? "" : "s"}, ${
      intervalMs > 0
        ? `une mesure toutes les ${duration(intervalMs)}`
        : "aussi vite que le broker l'accepte"
    }`,
  movedOutput: (asked, used) =>
    `--output ${asked} devient ${used} : cette tâche n'écrit que dans exports/`,
  recordingTo: (files) => `Fichiers : ${files}`,
  torn: (path, count, tornPath, rows) =>
    `La fin de « ${path} » n'est pas une ligne entière, après un arrêt brutal ou par un autre programme : ${
      count === 1 ? "1 octet mis" : `${number(LANG, count)} octets mis`
    } dans « ${tornPath} »${
      rows === 0
        ? ""
        : `, dont ${rows === 1 ? "1 ligne entière" : `${number(LANG, rows)} lignes entières`}`
    }`,
  reconciled: (path, rows, other) =>
    rows === 1
      ? `1 ligne manquait dans « ${path} » : copiée depuis « ${other} »`
      : `${number(LANG, rows)} lignes manquaient dans « ${path} » : copiées depuis « ${other} »`,
  filesBehind: (path, rows, other) =>
    `Il manque ${rows === 1 ? "1 ligne" : `${number(LANG, rows)} lignes`} dans « ${path} », que ` +
    `« ${other} » contient : check --repair (deno task verify --repair) ${
      rows === 1 ? "la" : "les"
    } copie`,
  begunAnew: (path, other) =>
    `« ${path} » manquait et recommence à zéro : « ${other} » contient aussi les lignes d'avant`,
  diverged: (a, b, row) =>
    `« ${a} » et « ${b} » diffèrent${
      row === undefined ? "" : ` à partir de la ligne ${number(LANG, row)}`
    } : laissés tels quels, check (deno task verify) en dit plus`,
  replaced: (path, begun) =>
    `« ${path} » a été ${
      begun ? "déplacé, vidé ou supprimé" : "modifié"
    } par un autre programme : ${
      begun
        ? "l'enregistrement continue dans un nouveau. Les lignes de l'ancien ont disparu avec " +
          "lui, sauf s'il a été déplacé ou si un autre format les contient"
        : "la suite s'ajoute à ce qui s'y trouve"
    }`,
  replacedLog: (path, begun) =>
    `« ${path} » a été ${
      begun ? "déplacé, vidé ou supprimé" : "modifié"
    } par un autre programme : ${
      begun
        ? "l'enregistrement continue dans un nouveau. Les lignes de l'ancien ont disparu avec " +
          "lui, sauf s'il a été déplacé"
        : "la suite s'ajoute à ce qui s'y trouve"
    }`,
  rewritten: (path) =>
    `« ${path} » a été modifié sur place, ou daté, par un autre programme : ` +
    `check (deno task verify) dit si ses lignes sont encore entières`,
  cannotWriteNow: (cause) => `Impossible d'écrire : ${cause}`,
  stalled: (cause) => `${cause}. Rien n'est perdu : le broker attend`,
  stalledByChange: (cause) => `${cause}. Le broker attend que le fichier soit rouvert`,
  unsynced: (ago, cause) =>
    `Erreur du disque : ${cause}. Des messages en QoS 0 reçus il y a moins de ${
      duration(ago)
    } manquent peut-être`,
  resumed: "L'écriture a repris : ce que le broker a retenu suit",
  draining: "Arrêt : écriture de ce qui est arrivé",
  waitingForDisk: "Le disque se fait attendre. Ctrl+C trois fois en tout termine sans lui : " +
    "le broker garde ce qui n'est pas écrit",
  summary: (messages, ms) =>
    `${
      messages < 2
        ? `${messages} message enregistré`
        : `${number(LANG, messages)} messages enregistrés`
    } en ${duration(ms)}`,
  nothingCame: (topic) =>
    `Rien n'est venu : « ${topic} » est ce seul topic, « ${topic}/# » comprendrait aussi tout ce qui est en dessous`,
  summaryFile: (path, count) => `  ${path}  ${bytes(LANG, UNITS, count)}`,
  summaryGaps: (count, ms, worst, path) =>
    `${count === 1 ? "1 interruption" : `${number(LANG, count)} interruptions`}, ${
      duration(ms)
    } en tout, ${
      worst === "no"
        ? "rien à craindre : le broker n'a rien abandonné"
        : worst === "qos0"
        ? "seuls des messages en QoS 0 peuvent manquer"
        : "des messages peuvent manquer"
    }${path === undefined ? "" : ` (${path})`}`,
  leftBehind: (expiry) =>
    `Le broker a peut-être encore des messages pour cet enregistrement : relancez-le d'ici ${
      duration(expiry)
    } pour les recevoir`,
  sessionKept: (expiry) =>
    `Le broker garde la session pendant ${
      duration(expiry)
    } : le prochain démarrage recevra ce qui arrive entre-temps`,

  cannotWrite: (path, cause, full = false) =>
    `Impossible d'écrire « ${path} » : ${cause}\n` +
    (full
      ? "Libérez de la place sur ce disque, ou choisissez un autre endroit avec --output"
      : "Choisissez un autre endroit avec --output"),
  rowsWait: (why, full) =>
    `${why}\n` +
    `${
      full ? "Libérez de la place sur ce disque" : "Remédiez-y"
    } : ses lignes sont gardées d'ici là`,
  rowsKept: (why, full) =>
    `${why}\n` +
    `${
      full ? "Libérez de la place sur ce disque" : "Remédiez-y"
    } et relancez mqttrec avec le même ` +
    "--output : ses lignes sont gardées, et seront écrites alors",
  cannotCreateFolder: (path, cause) =>
    `Impossible de créer le dossier « ${path} » : ${cause}\n` +
    `Choisissez un autre endroit avec --output`,
  isDirectory: (path) =>
    `Impossible d'écrire « ${path} » : c'est un dossier\nChoisissez un autre nom avec --output`,
  isLink: (path) =>
    `Impossible d'écrire « ${path} » : c'est un lien symbolique\n` +
    `Donnez le vrai chemin avec --output`,
  notRegular: (path) =>
    `Impossible d'écrire « ${path} » : ce n'est pas un fichier ordinaire\n` +
    `Choisissez un autre nom avec --output`,
  fileChanged: (path) =>
    `Impossible d'écrire « ${path} » : un autre programme l'a déplacé, supprimé ou modifié\n` +
    `Laissez-le à mqttrec`,
  foreignFile: (path) =>
    `Impossible de continuer « ${path} » : ce fichier ne vient pas de mqttrec et n'a pas été modifié\n` +
    `Déplacez-le, ou choisissez un autre nom avec --output`,
  resavedFile: (path) =>
    `Impossible de continuer « ${path} » : un tableur ou un autre programme l'a réenregistré, il n'a pas été modifié\n` +
    `Remettez l'original (un tableur en ouvre une copie), ou choisissez un autre nom avec --output`,
  heldOpen: (path) =>
    `Impossible d'écrire « ${path} » : un autre programme, comme Excel, l'a ouvert\n` +
    `Fermez-le là-bas, ou choisissez un autre nom avec --output`,
  otherProperties: (path, has) =>
    `Impossible de continuer « ${path} » : ce fichier a été commencé ${
      has ? "avec" : "sans"
    } --properties et n'a pas été modifié\n` +
    `${has ? "Ajoutez" : "Enlevez"} --properties, ou choisissez un autre nom avec --output`,
  outputInUse: (output, pid) =>
    `Impossible d'enregistrer dans « ${output} » : un autre mqttrec${
      pid === undefined ? "" : ` (processus ${pid})`
    } y écrit\nArrêtez-le, ou choisissez un autre nom avec --output`,
  cannotLock: (path, cause) =>
    `Impossible de verrouiller « ${path} » : ${cause}\n` +
    `Certains lecteurs réseau n'ont pas de verrous : choisissez un autre endroit avec --output`,
  notWritten: (output, messages, cause, full) =>
    `Impossible d'écrire ${
      messages === 1 ? "le dernier message" : `les ${number(LANG, messages)} derniers messages`
    } dans « ${output} » : ${cause}\n` +
    `${
      full ? "Libérez de la place sur ce disque et relancez avec le même --output" : "Relancez"
    } : rien n'en a été acquitté, le broker garde ce qui a été envoyé en QoS 1 ou 2`,

  brokerUnreachable: (address, cause) =>
    `Impossible de se connecter à « ${address} » : ${cause}\n` +
    `Démarrez Mosquitto, donnez une autre adresse avec --broker, ou ajoutez --embedded-broker`,
  brokerSilent: (address, seconds) =>
    `Impossible de se connecter à « ${address} » : pas de réponse en ${seconds} s\n` +
    `Vérifiez l'adresse et le port : un broker MQTT y écoute-t-il ?`,
  subscriptionDowngraded: (topic, asked, granted) =>
    `Impossible de s'abonner à « ${topic} » en QoS ${asked} : le broker n'accorde que le QoS ${granted}\n` +
    `Demandez-le avec --qos ${granted}`,
  takenOver: (clientId) =>
    `Impossible de rester connecté sous « ${clientId} » : un autre client a pris cet identifiant\n` +
    `Cet enregistrement tourne-t-il deux fois ? Arrêtez l'autre`,
  cannotStartBroker: (address, cause) =>
    `Impossible de démarrer le broker intégré sur « ${address} » : ${cause}\n` +
    `Choisissez un autre port avec --port`,
  embeddedNotHere: (host) =>
    `Impossible de démarrer le broker intégré sur « ${host} » : il ne sert que cette machine\n` +
    `Utilisez --broker localhost avec --embedded-broker`,

  unknownFlag: (flag, closestString) =>
    `Impossible d'utiliser l'option « ${flag} » : elle n'existe pas\n${
      closestString
        ? `Vouliez-vous dire ${closestString} ?`
        : 'Exemple : --broker 192.0.2.7 --topic "sensors/#".'
    } Toutes les options : --help`,
  joinedValue: (shown, flag) =>
    `Impossible d'utiliser l'option « ${shown} » : sa valeur est un mot à part\n` +
    `Écrivez : ${flag} VALEUR`,
  hostBehindHelp: (host) =>
    `Impossible d'utiliser l'argument « ${host} » : ici, -h est --help\n` +
    `Écrivez : --broker ${host}`,
  missingValue: (flag, example) =>
    `Impossible d'utiliser l'option « ${flag} » : il manque sa valeur\nExemple : ${example}`,
  unexpectedValue: (flag) =>
    `Impossible d'utiliser l'option « ${flag} » : elle ne prend pas de valeur\nÉcrivez : ${flag}`,
  givenTwice: (flag) =>
    `Impossible d'utiliser l'option « ${flag} » : elle est donnée deux fois\nGardez-en une`,
  strayArgument: (text) =>
    `Impossible d'utiliser l'argument « ${text} » : seules des options sont attendues\n${
      /[/#+]/.test(text)
        ? `Mettez les filtres entre guillemets : --topic "${text}"`
        : `Un broker se met après --broker, un filtre après --topic ; une valeur est un seul mot`
    }`,
  badValue: (flag, value, wanted, example) =>
    `Impossible d'utiliser ${flag} « ${value} » : il faut ${wanted}\nExemple : ${example}`,
  badFilter: (filter, problem) =>
    `Impossible de s'abonner à « ${filter} » : ${problem}\n` +
    `Exemples : sensors/# ou sensors/+/cuisine`,
  quotedFilter: (filter, inner) =>
    `Impossible de s'abonner à « ${filter} » : ses guillemets en font partie : seul un shell les retire, et cmd.exe seulement les "…"\n` +
    `Écrivez : --topic "${inner}"`,
  colonInFilter: (filter, own) =>
    `Impossible de s'abonner à « ${filter} » : le QoS ne se met pas après deux-points\n` +
    `Écrivez : --topic-qos "${own}"`,
  colonFilters: (filter, own) =>
    `« ${filter} » est enregistré comme topic de ce nom ; le QoS d'un filtre s'écrit --topic-qos "${own}"`,
  filterProblems: {
    empty: "le filtre est vide",
    nul: "il contient un caractère NUL",
    hash: "« # » doit être seul au dernier niveau",
    plus: "« + » doit être seul dans son niveau",
    long: "il dépasse 65 535 octets",
    surrogate: "ce n'est pas de l'Unicode valide",
    share: "un abonnement partagé s'écrit $share/GROUPE/FILTRE",
  },
  wanted: {
    "max-payload": "une taille comme 500, 64k ou 10MB, d'au plus 268435455 octets",
    share: "un nom sans / + #",
    "status-topic": "un topic sans + ni #",
    "mqtt-version": "5 ou 3.1.1",
    "topic-qos": "un filtre, = et 0, 1 ou 2, comme sensors/#=2",
    port: "un nombre entier de 1 à 65535",
    format: "csv, json, ndjson ou both, ou une liste comme csv,ndjson",
    print: "text, csv ou json",
    qos: "0, 1 ou 2",
    sensors: "un nombre entier de 1 à 100000",
    interval: "un nombre de secondes, 0 ou plus, ou une durée comme 500ms, 5m ou 1h30m",
    seed: "un nombre entier de 0 à 4294967295",
    duration: "une durée comme 10, 10s, 5m, 1h30m ou 7d, d'au plus 100 ans",
    keep: "un nombre entier, au moins 1",
    "max-total": "une taille comme 500MB ou 20GB",
    "min-free": "une taille comme 0, 500MB ou 1GB",
    rotate: "une durée comme 15m, 1h ou 1d, une taille comme 500MB, ou un nombre de lignes",
    idle: "une durée comme 10, 10s, 5m, 1h30m ou 7d, d'au plus 100 ans",
    wait: "une durée comme 30s, 10m ou 2h, ou rien",
    count: "un nombre entier d'au moins 1",
    "client-id": "un texte d'au plus 65 535 octets sans caractères de contrôle",
    "session-expiry": "une durée comme 0, 30s, 5m, 1h30m ou 7d, d'au plus 136 ans",
    keepalive: "un nombre entier de secondes de 1 à 65535",
    lang: "fr ou en",
    output: "un chemin avec un nom de fichier, sans extension",
    broker: "un hôte, hôte:port, ou une URL comme mqtts://hôte:port",
    username: "un texte d'au plus 65 535 octets sans caractères de contrôle",
    config: "le chemin d'un fichier",
    "password-file": "le chemin d'un fichier",
    cafile: "le chemin d'un fichier",
    cert: "le chemin d'un fichier",
    key: "le chemin d'un fichier",
    "key-password-file": "le chemin d'un fichier",
    alpn: "un nom de protocole comme mqtt",
    servername: "un nom comme broker.example.com",
  },
  outputWithExtension: (value, base) =>
    `Impossible d'utiliser --output « ${value} » : il faut le chemin de base, l'extension est ajoutée\n` +
    `Utilisez --output ${base}`,
  needsSimulate: (flag) =>
    `Impossible d'utiliser ${flag} seule : elle décrit des capteurs simulés\nAjoutez --simulate`,
  quietAndVerbose: (quiet, verbose) =>
    `Impossible d'utiliser ${quiet} et ${verbose} ensemble : elles se contredisent\nGardez-en une`,
  keepForNoTime:
    `Impossible d'utiliser --keep-session avec --session-expiry 0 : rien n'est gardé sans durée\n` +
    `Donnez une durée, ou retirez --keep-session`,
  run: RUN,
  noPermission: (flags, command) =>
    `Impossible de démarrer : Deno n'a pas reçu ${flags}\n${RUN}${command}`,
  notBuiltIn: (flags) =>
    `Impossible de démarrer : ce programme a été compilé sans ${flags}, que rien ne peut ajouter\n` +
    `Renoncez à ce qui en a besoin, ou compilez le programme avec`,

  check,
  sheet,
  connect,
  export: exporting,
  doubleClick,
  invalid,
  rotate,
  live,
  settings,

  unexpected: (cause) => `Impossible de continuer : ${cause}\nMerci de le signaler`,
  notGiven: (flag) => `Deno n'a pas reçu ${flag}`,
  systemError: (number) => `le système signale l'erreur ${number}`,
  causes: {
    LARGE: "il est plus grand que ne peut l'être un tel fichier, ou sans fin",
    SLOW: "le disque ne répond pas",
    ENOENT: "fichier ou dossier introuvable",
    EACCES: "accès refusé",
    EPERM: "accès refusé",
    NotCapable: "Deno n'en a pas reçu la permission",
    ENOSPC: "plus de place sur le disque",
    EDQUOT: "le quota de disque est épuisé",
    EFBIG: "le fichier ne peut plus grandir",
    EIO: "le disque signale une erreur",
    EISDIR: "c'est un dossier",
    ENOTDIR: "une partie du chemin n'est pas un dossier",
    EEXIST: "il existe déjà",
    EROFS: "le disque est en lecture seule",
    EBUSY: "un autre programme, comme Excel, l'a ouvert : fermez-le là-bas",
    EMFILE: "trop de fichiers ouverts",
    ENODEV: "le lecteur n'est pas là",
    ENOLCK: "aucun verrou n'y est disponible",
    ENOTSUP: "ce n'est pas possible à cet endroit",
    ENOTCONN: "la connexion n'existe plus",
    EHOSTDOWN: "le lecteur réseau ne répond pas",
    ESTALE: "le lecteur réseau ne connaît plus ce fichier",
    EUCLEAN: "le disque est endommagé et doit être vérifié",
    ENAMETOOLONG: "le nom est trop long",
    ECONNREFUSED: "rien n'écoute à cette adresse",
    EPROTO: "il a envoyé autre chose que du MQTT",
    WS_ERR_: "il a envoyé autre chose qu'un WebSocket",
    HPE_: "il a envoyé autre chose que du HTTP",
    ERR_SSL_: "la connexion chiffrée a échoué",
    EPIPE: "la connexion a été fermée",
    "0x8b": "le broker s'arrête",
    "0x8d": "le broker n'a rien reçu de nous à temps",
    "0x87": "le broker ne le permet pas",
    "0x89": "le broker est occupé",
    "0x96": "le broker reçoit nos messages trop vite",
    "0x97": "un quota du broker est épuisé",
    "0x98": "un administrateur du broker l'a fermée",
    "0x9c": "le broker nous renvoie à un autre",
    "0x9d": "le broker nous renvoie à un autre",
    "0x9f": "le broker a eu trop de connexions en peu de temps",
    "0xa0": "le broker ferme les connexions après un certain temps",
    ECONNRESET: "la connexion a été coupée",
    ECONNABORTED: "la connexion s'est rompue",
    ENETRESET: "la connexion s'est rompue",
    ESHUTDOWN: "la connexion s'est rompue",
    ENETDOWN: "le réseau est arrêté",
    ETIMEDOUT: "pas de réponse à temps",
    EHOSTUNREACH: "la machine est injoignable",
    ENETUNREACH: "le réseau est injoignable",
    ENOTFOUND: "le nom est inconnu",
    EADDRINUSE: "un autre programme utilise ce port",
    EADDRNOTAVAIL: "cette machine n'a pas cette adresse",
  },
  help: {
    usage: "Utilisation : mqttrec [OPTIONS]",
    asTask: "Sans l'exécutable : `deno task start`, et `deno task verify` pour vérifier",
    intro: "Enregistre des messages MQTT en CSV et en JSON ; q puis Entrée pour quitter.",
    flags: "Options :",
    groups: [
      "Les premières à connaître :",
      "Le broker, et qui nous sommes pour lui :",
      "Ce qui est enregistré de ce qu'il envoie :",
      "Les fichiers, et quand s'arrêter :",
      "Capteurs simulés :",
      "Le programme lui-même :",
    ],
    default: "par défaut",
    repeatable: "répétable",
    examples: "Exemples :",
    more:
      "Codes de sortie : 0 terminé, 1 échec, 2 erreur d'utilisation,\n3 broker injoignable, ou refus de sa part,\n130 Ctrl+C à la demande d'un mot de passe.",
  },
};
