using System.Text.Json.Serialization;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>How the state of webhooks is kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(LaneState))]
[JsonSerializable(typeof(HandPause))]
internal sealed partial class WebhookJson : JsonSerializerContext;
