using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>Commands of a client that asks one thing at a time.</summary>
internal static class ImapClientExtensions
{
    /// <summary>Sends a command with the tag <c>t</c>; returns the lines of its answer, the tagged one last. Literals are lines too.</summary>
    public static async Task<List<string>> ImapAsync(this SmtpClient client, string command)
    {
        await client.SendAsync("t " + command);
        return await client.AnswerAsync();
    }

    /// <summary>The lines up to the tagged one.</summary>
    public static async Task<List<string>> AnswerAsync(this SmtpClient client)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await client.LineOrNullAsync() ?? throw new EndOfStreamException($"The server closed; so far: {string.Join('\n', lines)}");
            lines.Add(line);
            if (line.StartsWith("t ", StringComparison.Ordinal) || line.StartsWith("+ ", StringComparison.Ordinal))
                return lines;
        }
    }

    /// <summary>Sends a command and hears just these lines; one that ends with … needs to begin so only.</summary>
    public static async Task AskImapAsync(this SmtpClient client, string command, params string[] expected)
    {
        var lines = await client.ImapAsync(command);
        var isAsExpected = lines.Count == expected.Length
            && lines.Zip(expected).All(p => p.Second.EndsWith('…') ? p.First.StartsWith(p.Second[..^1], StringComparison.Ordinal) : p.First == p.Second);
        isAsExpected.ShouldBeTrue($"{command}\nexpected:\n{string.Join('\n', expected)}\nbut was:\n{string.Join('\n', lines)}");
    }

    /// <summary>Hears just these lines.</summary>
    public static async Task ReceiveLinesAsync(this SmtpClient client, params string[] expected)
    {
        foreach (var line in expected)
            (await client.LineOrNullAsync()).ShouldBe(line);
    }
}
