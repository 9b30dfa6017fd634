using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts;

/// <summary>What a server's engine does.</summary>
[JsonConverter(typeof(KebabCase<EngineState>))]
public enum EngineState
{
    /// <summary>Everything.</summary>
    Serving,
    /// <summary>Everything but taking messages in: space has run out; it resumes by itself.</summary>
    Full,
    /// <summary>Nothing any more; only a restart helps.</summary>
    Failed,
}
