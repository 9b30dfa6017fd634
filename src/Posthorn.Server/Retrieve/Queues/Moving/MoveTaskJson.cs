using System.Text.Json.Serialization;

namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>How tasks are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MoveTaskRecord))]
internal sealed partial class MoveTaskJson : JsonSerializerContext;
