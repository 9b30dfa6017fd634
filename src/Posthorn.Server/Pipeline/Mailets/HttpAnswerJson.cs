using System.Text.Json.Serialization;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>Reads answers without reflection.</summary>
[JsonSerializable(typeof(HttpAnswer))]
internal sealed partial class HttpAnswerJson : JsonSerializerContext;
