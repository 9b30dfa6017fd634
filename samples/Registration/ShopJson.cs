using System.Text.Json.Serialization;

namespace Posthorn.Samples.Registration;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(User))]
[JsonSerializable(typeof(WelcomeMail))]
[JsonSerializable(typeof(Dictionary<string, long>))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(string))]
internal sealed partial class ShopJson : JsonSerializerContext;
