"""Drives the client that openapi-python-client makes. Arguments: URL, username and password of an administrator."""
import sys
from uuid import UUID

from roster_client import AuthenticatedClient, Client
from roster_client.api.auth import login
from roster_client.api.users import change_user, create_user, delete_user, get_user, list_users
from roster_client.models import Credentials, Problem, UserCreation, UserCreationMetadata, UserPatch

url, username, password = sys.argv[1:]
anonymous = Client(base_url=url)
tokens = login.sync(client=anonymous, body=Credentials(username=username, password=password))
client = AuthenticatedClient(base_url=url, token=tokens.access_token)
print("signed in")


def refused(answer, fault=False):
    problem = answer.parsed
    assert isinstance(problem, Problem), answer
    pointer = f" {problem.errors[0].pointer}" if fault else ""
    print("refused", answer.status_code.value, problem.code.value + pointer)


metadata = UserCreationMetadata.from_dict({"plan": "premium"})
ada = UserCreation(username="ada", email="ada@example.com", metadata=metadata)
created = create_user.sync_detailed(client=client, body=ada)
print("created", created.parsed.username, created.parsed.metadata["plan"])
print("listed", list_users.sync(client=client, q="ada", limit=5)[0].username)
assert isinstance(created.parsed.id, UUID)
id, tag = str(created.parsed.id), created.headers["etag"]
changed = change_user.sync(id, client=client, body=UserPatch(first_name="Ada"), if_match=tag)
print("changed", changed.first_name, changed.status.value)
refused(change_user.sync_detailed(id, client=client, body=UserPatch(first_name="Eve"), if_match=tag))
refused(create_user.sync_detailed(client=client, body=ada))
wrong = UserCreation(username="eve", email="no-address")
refused(create_user.sync_detailed(client=client, body=wrong), fault=True)
print("me", get_user.sync("me", client=client).username)
assert delete_user.sync_detailed(id, client=client).status_code == 204
print("deleted")
refused(get_user.sync_detailed(id, client=client))
refused(get_user.sync_detailed("me", client=anonymous))
