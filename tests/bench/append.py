"""The simplest recorder: opens the file and appends a row for every message."""

import csv
import sys
from datetime import datetime

import paho.mqtt.client as mqtt

port, count, qos = map(int, sys.argv[1:4])
path = sys.argv[4]
seen = 0


def on_connect(client, userdata, flags, code):
    client.subscribe("#", qos)


def on_message(client, userdata, message):
    global seen
    with open(path, "a", newline="", encoding="utf-8") as file:
        payload = message.payload.decode("utf-8", "replace")
        csv.writer(file).writerow([datetime.now().isoformat(), message.topic, payload])
    seen += 1
    if seen == count:
        client.disconnect()


client = mqtt.Client()
client.on_connect = on_connect
client.on_message = on_message
client.connect("127.0.0.1", port)
client.loop_forever()
