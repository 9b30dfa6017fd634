using System.Text.Json.Serialization.Metadata;
using Posthorn.Cli.Terminal;
using Posthorn.Client;
using Posthorn.Client.Contracts;

namespace Posthorn.Cli.Connection;

/// <summary>A command at work: the server it talks to, where it answers, and in which form.</summary>
internal sealed record Session(PosthornClient Client, Surroundings Surroundings, bool IsJson)
{
    public TextWriter Out => Surroundings.Out;

    public DateTimeOffset Now => Surroundings.Time.GetUtcNow();

    /// <summary>Answers in JSON when that was asked for; otherwise leaves it to the caller.</summary>
    public bool AnswersJson<T>(T answer, Func<PosthornJson, JsonTypeInfo<T>> type)
    {
        if (IsJson)
            JsonAnswer.Write(Out, answer, type);
        return IsJson;
    }

    /// <summary>Says in a line what was done; not in JSON, where the exit code says it.</summary>
    public int Done(string what)
    {
        if (!IsJson)
            Out.WriteLine(what);
        return ExitCode.Ok;
    }
}
