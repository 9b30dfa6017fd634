using System.Text.Json.Serialization;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>How settings are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QueueSettings))]
internal sealed partial class QueueSettingsJson : JsonSerializerContext;
