using System.Text.Json.Serialization;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>How topics and subscriptions are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Topic))]
[JsonSerializable(typeof(Subscription))]
internal sealed partial class TopicJson : JsonSerializerContext;
