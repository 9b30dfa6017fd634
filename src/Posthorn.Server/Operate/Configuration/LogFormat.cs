namespace Posthorn.Server.Operate.Configuration;

/// <summary>How a log line looks.</summary>
public enum LogFormat
{
    /// <summary>For people: time, level, source, message.</summary>
    Text,

    /// <summary>For programs: one JSON object with every value of the message as a field of its own.</summary>
    Json,
}
