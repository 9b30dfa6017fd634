namespace Posthorn.IntegrationTests;

/// <summary>Other people's clients of SNS, unmodified, against the real program. The scripts check for themselves and count.</summary>
public sealed class SnsClientTests : IAsyncLifetime
{
    private PosthornProcess _posthorn = null!;

    public async Task InitializeAsync() => _posthorn = await PosthornProcess.StartAsync("log: { messages: false }");

    public async Task DisposeAsync() => await _posthorn.DisposeAsync();

    [Fact]
    public Task Boto3_works_unmodified() => ClientScript.RunAsync(28, "/usr/bin/python3", ClientScript.PathOf("sns.py"), Endpoint);

    [Fact]
    public Task The_JavaScript_SDK_works_unmodified() => ClientScript.RunAsync(11, "node", ClientScript.PathOf("sns.cjs"), Repository.Tools, Endpoint);

    [Fact]
    public async Task Signed_clients_work_with_their_accounts_key()
    {
        await _posthorn.StopAsync();
        _posthorn.Configure("""
            log: { messages: false }
            accounts:
              - { name: billing, password: s3cret, access-key: AKIDBILLING, secret-key: topsecret }
              - { name: admin, password: adm1n, admin: true }
            """);
        await _posthorn.StartAgainAsync();
        await ClientScript.RunAsync(28, "/usr/bin/python3", ClientScript.PathOf("sns.py"), Endpoint, "AKIDBILLING", "topsecret");
        await ClientScript.RunAsync(11, "node", ClientScript.PathOf("sns.cjs"), Repository.Tools, Endpoint, "AKIDBILLING", "topsecret");
        var refused = await ChildProcess.RunAsync("/usr/bin/python3", [ClientScript.PathOf("sns.py"), Endpoint, "AKIDBILLING", "wrong"], within: TimeSpan.FromMinutes(1));
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("SignatureDoesNotMatch");
    }

    private string Endpoint => _posthorn.Http.ToString().TrimEnd('/');
}
