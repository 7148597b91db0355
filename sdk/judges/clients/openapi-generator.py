"""Drives the client that openapi-generator makes for Python. Arguments: URL, username and password of an administrator."""
import sys

import openapi_client as client

url, username, password = sys.argv[1:]
api = client.ApiClient(client.Configuration(host=url))
token = client.AuthApi(api).login(client.Credentials(username=username, password=password)).access_token
users = client.UsersApi(client.ApiClient(client.Configuration(host=url, access_token=token)))
print("signed in")


def refused(call, fault=False):
    try:
        call()
    except client.ApiException as error:
        pointer = f" {error.data.errors[0].pointer}" if fault else ""
        print("refused", error.status, error.data.code + pointer)


ada = client.UserCreation(username="ada", email="ada@example.com", metadata={"plan": "premium"})
created = users.create_user_with_http_info(ada)
print("created", created.data.username, created.data.metadata["plan"])
print("listed", [user.username for user in users.list_users(q="ada", limit=5)][0])
id, tag = str(created.data.id), created.headers["etag"]
changed = users.change_user(id, client.UserPatch(first_name="Ada"), if_match=tag)
print("changed", changed.first_name, changed.status)
refused(lambda: users.change_user(id, client.UserPatch(first_name="Eve"), if_match=tag))
refused(lambda: users.create_user(ada))
refused(lambda: users.create_user(client.UserCreation(username="eve", email="no-address")), fault=True)
print("me", users.get_user("me").username)
users.delete_user(id)
print("deleted")
refused(lambda: users.get_user(id))
refused(lambda: client.UsersApi(api).get_user("me"))
