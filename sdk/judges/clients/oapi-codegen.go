// Drives the client that oapi-codegen makes. Arguments: URL, username and password of an administrator.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"judge/roster"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func refused(status int, problem *roster.Problem, fault bool) {
	pointer := ""
	if fault {
		pointer = " " + (*problem.Errors)[0].Pointer
	}
	fmt.Println("refused", status, string(problem.Code)+pointer)
}

func main() {
	url, username, password := os.Args[1], os.Args[2], os.Args[3]
	ctx := context.Background()
	anonymous := must(roster.NewClientWithResponses(url))
	tokens := must(anonymous.LoginWithResponse(ctx, roster.Credentials{Username: &username, Password: &password}))
	client := must(roster.NewClientWithResponses(url, roster.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+tokens.JSON200.AccessToken)
			return nil
		})))
	fmt.Println("signed in")

	email, wrong, query, limit := "ada@example.com", "no-address", "ada", 5
	ada := roster.UserCreation{Username: "ada", Email: &email, Metadata: &map[string]any{"plan": "premium"}}
	created := must(client.CreateUserWithResponse(ctx, nil, ada))
	fmt.Println("created", created.JSON201.Username, created.JSON201.Metadata["plan"])
	listed := must(client.ListUsersWithResponse(ctx, &roster.ListUsersParams{Q: &query, Limit: &limit}))
	fmt.Println("listed", *(*listed.JSON200)[0].Username)

	id, tag := created.JSON201.Id.String(), created.HTTPResponse.Header.Get("ETag")
	name, other := "Ada", "Eve"
	match := &roster.ChangeUserParams{IfMatch: &tag}
	changed := must(client.ChangeUserWithResponse(ctx, id, match, roster.UserPatch{FirstName: &name}))
	fmt.Println("changed", *changed.JSON200.FirstName, changed.JSON200.Status)
	stale := must(client.ChangeUserWithResponse(ctx, id, match, roster.UserPatch{FirstName: &other}))
	refused(stale.StatusCode(), stale.ApplicationproblemJSON412, false)
	taken := must(client.CreateUserWithResponse(ctx, nil, ada))
	refused(taken.StatusCode(), taken.ApplicationproblemJSON409, false)
	invalid := must(client.CreateUserWithResponse(ctx, nil, roster.UserCreation{Username: "eve", Email: &wrong}))
	refused(invalid.StatusCode(), invalid.ApplicationproblemJSON400, true)
	me := must(client.GetUserWithResponse(ctx, "me", nil))
	fmt.Println("me", me.JSON200.Username)

	deleted := must(client.DeleteUserWithResponse(ctx, id, nil, roster.DeleteUserJSONRequestBody{}))
	if deleted.StatusCode() != 204 {
		panic(deleted.Status())
	}
	fmt.Println("deleted")
	gone := must(client.GetUserWithResponse(ctx, id, nil))
	refused(gone.StatusCode(), gone.ApplicationproblemJSON404, false)
	unknown := must(anonymous.GetUserWithResponse(ctx, "me", nil))
	refused(unknown.StatusCode(), unknown.ApplicationproblemJSON401, false)
}
