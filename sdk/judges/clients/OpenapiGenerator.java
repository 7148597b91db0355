import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AuthApi;
import org.openapitools.client.api.UsersApi;
import org.openapitools.client.model.Credentials;
import org.openapitools.client.model.Problem;
import org.openapitools.client.model.UserCreation;
import org.openapitools.client.model.UserPatch;

/** Drives the client that openapi-generator makes for Java. Arguments: URL, username and password of an administrator. */
public class OpenapiGenerator {
  interface Call {
    void run() throws ApiException;
  }

  static void refused(Call call, boolean fault) throws Exception {
    try {
      call.run();
    } catch (ApiException error) {
      Problem problem = ApiClient.createDefaultObjectMapper().readValue(error.getResponseBody(), Problem.class);
      String pointer = fault ? " " + problem.getErrors().get(0).getPointer() : "";
      System.out.println("refused " + error.getCode() + " " + problem.getCode().getValue() + pointer);
    }
  }

  static ApiClient clientOf(String url) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    return client;
  }

  public static void main(String[] arguments) throws Exception {
    ApiClient anonymous = clientOf(arguments[0]);
    Credentials credentials = new Credentials().username(arguments[1]).password(arguments[2]);
    String token = new AuthApi(anonymous).login(credentials).getAccessToken();
    ApiClient client = clientOf(arguments[0]);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    UsersApi users = new UsersApi(client);
    System.out.println("signed in");

    UserCreation ada = new UserCreation().username("ada").email("ada@example.com").metadata(Map.of("plan", "premium"));
    var created = users.createUserWithHttpInfo(ada, null);
    System.out.println("created " + created.getData().getUsername() + " " + created.getData().getMetadata().get("plan"));
    var listed = users.listUsers(
        5, null, null, null, null, null, null, null, null, null, null, null, null, "ada", null, null, null, null);
    System.out.println("listed " + listed.get(0).getUsername());

    String id = created.getData().getId().toString();
    String tag = created.getHeaders().entrySet().stream()
        .filter(header -> header.getKey().equalsIgnoreCase("etag")).findFirst().get().getValue().get(0);
    var changed = users.changeUser(id, new UserPatch().firstName("Ada"), null, tag);
    System.out.println("changed " + changed.getFirstName() + " " + changed.getStatus().getValue());
    refused(() -> users.changeUser(id, new UserPatch().firstName("Eve"), null, tag), false);
    refused(() -> users.createUser(ada, null), false);
    refused(() -> users.createUser(new UserCreation().username("eve").email("no-address"), null), true);
    System.out.println("me " + users.getUser("me", null).getUsername());

    users.deleteUser(id, null, null, null);
    System.out.println("deleted");
    refused(() -> users.getUser(id, null), false);
    refused(() -> new UsersApi(anonymous).getUser("me", null), false);
  }
}
