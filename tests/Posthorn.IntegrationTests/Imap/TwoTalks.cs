using Posthorn.IntegrationTests.Harness;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>One account's connections to one server, each made and logged in when it first says something.</summary>
internal sealed class TwoTalks(int port) : IAsyncDisposable
{
    private readonly Dictionary<int, ImapTalk> _talks = [];

    public async Task<ImapAnswer> SayAsync(DialogueLine line)
    {
        if (!_talks.TryGetValue(line.Connection, out var talk))
        {
            talk = _talks[line.Connection] = await ImapTalk.ConnectAsync(port);
            (await talk.SayAsync("LOGIN tester secret")).Expect("OK");
        }
        return await talk.SayAsync(line.Command);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var talk in _talks.Values)
            await talk.DisposeAsync();
    }
}
