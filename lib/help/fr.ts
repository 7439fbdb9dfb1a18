/** The screens of `mqttrec help`, in French: at most 24 lines of at most 80 columns. */

import type { Screens } from "./en.ts";

export const screens: Screens = {
  start: `mqttrec enregistre des messages MQTT dans des fichiers CSV et JSON.

  mqttrec                                         un broker sur cette machine
  mqttrec --broker 192.0.2.7 --topic "maison/#"   un autre
  mqttrec --broker mqtts://b.exemple.fr --username anna
  mqttrec --simulate --embedded-broker            pour essayer, sans rien

Pendant l'enregistrement, tapez une touche puis Entrée :
  v  les topics et leur dernière valeur   m TEXTE  noter ce que vous faites
  s  les statistiques                     t        ce qu'a le broker d'autre
  q  quitter (Ctrl+C aussi)               h        les touches

  mqttrec --print | grep temperature      aussi chaque message sur une ligne
  mqttrec --duration 2h --output exports/lundi
  mqttrec topics --broker 192.0.2.7       ce qu'a un broker, sans enregistrer
  mqttrec check exports                   les fichiers sont-ils entiers ?

La suite :
  mqttrec help files   le contenu des fichiers    mqttrec help excel
  mqttrec help tls     mots de passe, certificats mqttrec help service
  mqttrec --help       toutes les options`,

  files: `Les fichiers d'un enregistrement (--output exports/lundi ; sinon mqtt_data)

  exports/lundi.csv        une ligne par message, sous un en-tête
  exports/lundi.json       les mêmes lignes, un tableau, un objet par ligne
  exports/lundi.gaps.csv   quand des messages ont pu manquer ; sinon absent
  exports/lundi.marks.csv  ce que vous avez noté avec la touche m
  exports/lundi.lock       où en était la dernière exécution : à laisser là

  timestamp  date de réception : 2026-11-24T06:32:34.874Z, en UTC
  topic      tel que reçu
  payload    le texte exact ; en base64 si ce n'est pas du texte
  encoding   utf-8 ou base64
  qos        0, 1 ou 2
  retain     true : le broker l'avait gardé d'avant
  dup        true : le broker l'a renvoyé, il peut être là deux fois

Le prochain avec le même --output les continue ; rien n'est écrasé.
Lisez-les quand vous voulez : ils sont entiers pendant qu'ils grandissent.

  mqttrec check exports/lundi            lit chaque ligne, ne change rien
  mqttrec check exports/lundi --repair   répare la fin après un incident`,

  excel: `Ouvrir un enregistrement dans Excel

Pas de double-clic sur le CSV : Excel devinerait nombres et dates, mettrait tout
dans une colonne, et pourrait l'enregistrer ainsi ; mqttrec ne continue pas un
fichier qu'un autre programme a réécrit.

  1. Copiez le fichier : exports/mqtt_data.csv vers lundi.csv
  2. Dans Excel : Données, À partir d'un fichier texte/CSV, choisissez la copie
  3. Origine du fichier : 65001 Unicode (UTF-8). Délimiteur : Virgule
  4. Transformer les données : clic droit sur payload, Modifier le type,
     Utiliser les paramètres régionaux : Nombre décimal, Anglais (États-Unis),
     car les capteurs écrivent 23.7
  5. Fermer et charger

timestamp est en UTC. Pour l'heure locale, une colonne dans Power Query :
  DateTimeZone.ToLocal(DateTimeZone.FromText([timestamp]))

Une feuille a 1 048 576 lignes. Au-delà, filtrez dans Power Query, ou
enregistrez par parties : un autre --output chaque jour.

LibreOffice : Fichier, Ouvrir ; jeu de caractères UTF-8, séparé par Virgule, et
« Formater les champs entre guillemets comme texte ».`,

  service: `mqttrec comme service sous Linux : /etc/systemd/system/mqttrec.service

  [Unit]
  Description=Enregistrer des messages MQTT
  After=network-online.target
  Wants=network-online.target

  [Service]
  DynamicUser=yes
  StateDirectory=mqttrec
  LoadCredential=password:/etc/mqttrec/password
  ExecStart=/usr/local/bin/mqttrec --broker 192.0.2.7 --topic "maison/#" \\
    --wait --username anna --password-file \${CREDENTIALS_DIRECTORY}/password \\
    --output /var/lib/mqttrec/maison
  Restart=on-failure
  RestartSec=10

  [Install]
  WantedBy=multi-user.target

Puis : systemctl enable --now mqttrec ; journalctl -u mqttrec raconte la suite.
--wait attend un broker absent ; systemctl stop y met fin comme q.`,

  tls: `Mots de passe et certificats

  --username anna                mot de passe demandé, sans s'afficher
  --password-file FICHIER        sa première ligne est le mot de passe
  MQTT_PASSWORD                  le même, en variable

  --broker mqtts://b.exemple.fr  TLS, port 8883, avec les autorités du système
  --cafile FICHIER               un certificat (PEM) auquel se fier en plus :
                                 celui du broker, ou de qui l'a émis
  --cert FICHIER --key FICHIER   le nôtre, si le broker en demande un
  --servername NOM               le certificat porte un autre nom
  --broker wss://b.exemple.fr/mqtt    par WebSocket, port 443

Le certificat d'un broker, pour le lire ou le donner à --cafile :
  openssl s_client -connect HÔTE:8883 -showcerts </dev/null

Autorité inconnue : donnez à --cafile le certificat de qui l'a émis.
Autre nom : écrivez le nom qu'il porte, ou --servername.
Expiré : renouvelez-le, ou réglez l'horloge de cette machine.
--insecure croit quiconque répond : pour un essai, jamais avec un mot de passe.`,
};
