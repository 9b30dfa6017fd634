using Posthorn.IntegrationTests.Harness;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>The programs on Posthorn.</summary>
public sealed class MailProgramTests : MailProgramContract
{
    private PosthornProcess _posthorn = null!;

    protected override int Port => _posthorn.Listener("imap").Port;

    public override async Task InitializeAsync() =>
        _posthorn = await PosthornProcess.StartAsync("listen: { smtp: off, http: 127.0.0.1:0, imap: 127.0.0.1:0, pop3: off }");

    public override async Task DisposeAsync()
    {
        await _posthorn.DisposeAsync();
        await base.DisposeAsync();
    }
}
