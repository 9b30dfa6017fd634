using System.Text;
using Posthorn.IntegrationTests.Harness;
using Shouldly;
using Xunit;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>Where the RFCs leave room, Dovecot is the reference: the same commands to both, and the answers compared.</summary>
public sealed class DovecotComparisonTests
{
    [Theory]
    [InlineData("mailboxes.imap")]
    [InlineData("messages.imap")]
    [InlineData("corpus.imap")]
    public async Task Posthorn_answers_as_Dovecot_does(string script)
    {
        await using var dovecot = await DovecotInstance.StartAsync();
        await using var posthorn = await PosthornProcess.StartAsync("listen: { smtp: off, http: 127.0.0.1:0, imap: 127.0.0.1:0, pop3: off }");
        var lines = Lines(script);
        Repository.Report($"imap {script}", $"{lines.Count} commands compared with Dovecot's answers, {lines.Count(l => l.Comparison == AnswerComparison.Kind)} of them by OK, NO or BAD only, {lines.Count(l => l.Comparison == AnswerComparison.None)} differ on purpose");
        (await DifferencesAsync(dovecot.ImapPort, posthorn.Listener("imap").Port, lines)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("mailboxes.imap")]
    [InlineData("messages.imap")]
    public async Task Two_Dovecots_answer_alike(string script)
    {
        await using var one = await DovecotInstance.StartAsync();
        await using var other = await DovecotInstance.StartAsync();
        (await DifferencesAsync(one.ImapPort, other.ImapPort, Lines(script))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_difference_is_seen()
    {
        await using var one = await DovecotInstance.StartAsync();
        await using var other = await DovecotInstance.StartAsync();
        await using (var talk = new TwoTalks(other.ImapPort))
            await talk.SayAsync(new DialogueLine(1, "CREATE Other", AnswerComparison.All));
        (await DifferencesAsync(one.ImapPort, other.ImapPort, [new DialogueLine(1, "LIST \"\" \"*\"", AnswerComparison.All)])).ShouldContain("Other");
    }

    private static IReadOnlyList<DialogueLine> Lines(string script) => DialogueScript.Read(Path.Combine(AppContext.BaseDirectory, "Imap", script), DialogueScript.Corpus());

    private static async Task<string> DifferencesAsync(int referencePort, int port, IReadOnlyList<DialogueLine> lines)
    {
        await using var reference = new TwoTalks(referencePort);
        await using var own = new TwoTalks(port);
        var differences = new StringBuilder();
        foreach (var line in lines)
        {
            var (theirs, ours) = (await reference.SayAsync(line), await own.SayAsync(line));
            var (expected, actual) = line.Comparison switch
            {
                AnswerComparison.All => (ComparedAnswer.Of(theirs, line.Command), ComparedAnswer.Of(ours, line.Command)),
                AnswerComparison.Kind => (theirs.Kind, ours.Kind),
                _ => ("", ""),
            };
            if (expected != actual)
                differences.Append($"\n── {Short(line.Command)}\nexpected:\n{expected}\nanswered:\n{actual}\n");
        }
        return differences.ToString();
    }

    private static string Short(string command) => command.Length > 300 ? command[..300] + "…" : command;
}
