#!/usr/bin/env python3
"""A real S3 server on 127.0.0.1 for the tests: one bucket, one access key, and every signature is checked.

s3_server.py PORT BUCKET FILE

Writes the name of the key and its secret, one a line, to FILE when it answers.
"""
import json
import pathlib
import sys
import threading

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}

if __name__ == "__main__":
    port, bucket, written = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False).start()
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user(region_name="us-east-1", user_name="portal")
    iam.put_user_policy("portal", "everything", json.dumps(EVERYTHING))
    key = iam.create_access_key("portal")
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(bucket, "us-east-1")
    # From now on nobody is believed without a signature that holds.
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    beside = written.with_suffix(".part")
    beside.write_text(f"{key.access_key_id}\n{key.secret_access_key}\n", encoding="utf-8")
    beside.rename(written)
    threading.Event().wait()
