using Posthorn.IntegrationTests.Harness;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>The programs on the server that they are made for.</summary>
public sealed class DovecotMailProgramTests : MailProgramContract
{
    private DovecotInstance _dovecot = null!;

    protected override int Port => _dovecot.ImapPort;

    public override async Task InitializeAsync() => _dovecot = await DovecotInstance.StartAsync();

    public override async Task DisposeAsync()
    {
        await _dovecot.DisposeAsync();
        await base.DisposeAsync();
    }
}
