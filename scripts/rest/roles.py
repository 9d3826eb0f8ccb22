"""An operator's and an admin's token at a coordinator: a line each, the role and the token.

    roles.py URL FILE       FILE: the coordinator's admin-token
"""

import json
import pathlib
import sys
import urllib.request

url, file = sys.argv[1:]
admin = pathlib.Path(file).read_text().strip()


def made(path, body):
    headers = {"Authorization": f"Bearer {admin}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


made("/api/users", {"name": "olga of the rest", "password": "correct horse battery", "role": "operator"})
token = made("/api/tokens", {"name": "rest", "user": "olga of the rest"})
print("operator", token["secret"])
print("admin", admin)
