// Drives the client that openapi-generator makes for Go. Arguments: URL, username and password of an administrator.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	openapi "judge/openapi"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func refused(response *http.Response, err error, fault bool) {
	var refusal *openapi.GenericOpenAPIError
	if !errors.As(err, &refusal) {
		panic(err)
	}
	problem := refusal.Model().(openapi.Problem)
	pointer := ""
	if fault {
		pointer = " " + problem.Errors[0].Pointer
	}
	fmt.Println("refused", response.StatusCode, problem.Code+pointer)
}

func main() {
	url, username, password := os.Args[1], os.Args[2], os.Args[3]
	configuration := openapi.NewConfiguration()
	configuration.Servers = openapi.ServerConfigurations{{URL: url}}
	client := openapi.NewAPIClient(configuration)
	anonymous := context.Background()
	credentials := openapi.Credentials{Username: &username, Password: &password}
	tokens, _, err := client.AuthAPI.Login(anonymous).Credentials(credentials).Execute()
	must(err)
	ctx := context.WithValue(anonymous, openapi.ContextAccessToken, tokens.AccessToken)
	fmt.Println("signed in")

	ada := *openapi.NewUserCreation("ada")
	ada.SetEmail("ada@example.com")
	ada.SetMetadata(map[string]any{"plan": "premium"})
	created, response, err := client.UsersAPI.CreateUser(ctx).UserCreation(ada).Execute()
	must(err)
	fmt.Println("created", created.Username, created.Metadata["plan"])
	listed, _, err := client.UsersAPI.ListUsers(ctx).Q("ada").Limit(5).Execute()
	must(err)
	fmt.Println("listed", listed[0].GetUsername())

	id, tag := created.Id, response.Header.Get("ETag")
	name, other := *openapi.NewUserPatch(), *openapi.NewUserPatch()
	name.SetFirstName("Ada")
	other.SetFirstName("Eve")
	changed, _, err := client.UsersAPI.ChangeUser(ctx, id).IfMatch(tag).UserPatch(name).Execute()
	must(err)
	fmt.Println("changed", changed.GetFirstName(), changed.Status)
	_, response, err = client.UsersAPI.ChangeUser(ctx, id).IfMatch(tag).UserPatch(other).Execute()
	refused(response, err, false)
	_, response, err = client.UsersAPI.CreateUser(ctx).UserCreation(ada).Execute()
	refused(response, err, false)
	wrong := *openapi.NewUserCreation("eve")
	wrong.SetEmail("no-address")
	_, response, err = client.UsersAPI.CreateUser(ctx).UserCreation(wrong).Execute()
	refused(response, err, true)
	me, _, err := client.UsersAPI.GetUser(ctx, "me").Execute()
	must(err)
	fmt.Println("me", me.Username)

	_, err = client.UsersAPI.DeleteUser(ctx, id).Execute()
	must(err)
	fmt.Println("deleted")
	_, response, err = client.UsersAPI.GetUser(ctx, id).Execute()
	refused(response, err, false)
	_, response, err = client.UsersAPI.GetUser(anonymous, "me").Execute()
	refused(response, err, false)
}
