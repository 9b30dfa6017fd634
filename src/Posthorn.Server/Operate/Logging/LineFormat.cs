using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Operate.Logging;

/// <summary>Makes a log entry one line, whatever is in it: a peer that sends line ends cannot forge entries.</summary>
internal static class LineFormat
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(
        LogFormat format, DateTimeOffset at, LogLevel level, string source, string message, IReadOnlyList<KeyValuePair<string, object?>> values, Exception? exception) =>
        format == LogFormat.Json ? Json(at, level, source, message, values, exception) : Text(at, level, source, message, exception);

    private static string Text(DateTimeOffset at, LogLevel level, string source, string message, Exception? exception)
    {
        var line = new StringBuilder(Time(at)).Append(' ').Append(Word(level).PadRight(5)).Append(' ').Append(source).Append(": ").Append(message);
        for (var e = exception; e is not null; e = e.InnerException)
            line.Append(" | ").Append(e.GetType().Name).Append(": ").Append(e.Message);
        // Where it came from helps only who is to mend it.
        if (exception?.StackTrace is { } trace && level >= LogLevel.Error)
            line.Append(" | ").Append(trace);
        return OneLine(line.ToString());
    }

    private static string Json(
        DateTimeOffset at, LogLevel level, string source, string message, IReadOnlyList<KeyValuePair<string, object?>> values, Exception? exception)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_json))
        {
            json.WriteStartObject();
            json.WriteString("at", Time(at));
            json.WriteString("level", Word(level));
            json.WriteString("source", source);
            json.WriteString("msg", message); // "message" is the id of one, as everywhere
            foreach (var (name, value) in values)
            {
                if (name != "{OriginalFormat}")
                    WriteValue(json, JsonNamingPolicy.KebabCaseLower.ConvertName(name), value);
            }

            if (exception is not null)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case bool flag: json.WriteBoolean(name, flag); break;
            case sbyte or byte or short or ushort or int or uint or long: json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            default: json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static string OneLine(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\0', '\x1F') < 0 && !text.Contains('\x7F', StringComparison.Ordinal))
            return text;
        var line = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\n')
                line.Append("\\n");
            else if (c is '\t')
                line.Append(' ');
            else if (c is not '\r' && char.IsControl(c))
                line.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else if (c is not '\r')
                line.Append(c);
        }

        return line.ToString();
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "crit",
    };
}
