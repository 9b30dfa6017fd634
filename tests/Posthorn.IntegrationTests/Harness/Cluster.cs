using System.Globalization;
using System.Net;
using System.Text;
using Posthorn.Client.Contracts.Nodes;
using Posthorn.PostgreSql.Tests;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>Several real programs on one database, a recorder of what they send, and a name server that knows the domains <c>d1.test</c>, <c>d2.test</c>, … each with a mail exchanger of its own.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    public const int Domains = 12;

    private readonly Dictionary<string, PosthornProcess> _nodes = new(StringComparer.Ordinal);
    private DatabaseServer _database = null!;
    private NameServer _names = null!;

    private Cluster()
    {
    }

    /// <summary>Where all mail for other hosts arrives.</summary>
    public RecordingSmtpServer Recorder { get; } = new();

    public IEnumerable<PosthornProcess> Nodes => _nodes.Values;

    public PosthornProcess this[string node] => _nodes[node];

    /// <summary>Starts nodes of these names; each sees the others when it returns.</summary>
    /// <param name="nodes">Their names.</param>
    /// <param name="outgoing">More settings of <c>outgoing</c>.</param>
    public static async Task<Cluster> StartAsync(string[] nodes, string outgoing = "")
    {
        var cluster = new Cluster();
        try
        {
            cluster._database = await DatabaseServer.StartAsync();
            cluster._names = await NameServer.StartAsync([.. Enumerable.Range(1, Domains).SelectMany(i => NameServer.Domain($"d{i}.test", IPAddress.Loopback))]);
            foreach (var node in nodes)
                cluster._nodes[node] = await PosthornProcess.StartAsync(cluster.ConfigOf(node, outgoing));
            foreach (var node in cluster.Nodes)
                await cluster.SeenAsync(node, list => list.Count(n => n.State == NodeState.Live) == nodes.Length);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a node sees the others as they should be.</summary>
    public Task SeenAsync(PosthornProcess by, Func<IReadOnlyList<NodeInfo>, bool> isSo) => Until.TrueAsync(async () => isSo(await by.Client.ListNodesAsync()), "the nodes are seen as they are");

    /// <summary>Hands a node mails for other hosts, one a recipient.</summary>
    public static async Task SendAsync(PosthornProcess node, params IEnumerable<string> recipients)
    {
        await using var smtp = await SmtpTalk.ConnectAsync(node.Smtp);
        (await smtp.SayAsync("EHLO client.test")).Expect(250);
        foreach (var recipient in recipients)
        {
            var answer = await smtp.MailAsync("sender@client.test", [recipient], Encoding.ASCII.GetBytes($"From: sender@client.test\r\nTo: {recipient}\r\nSubject: {recipient}\r\n\r\nhello\r\n"));
            if (answer.Code != 250)
                throw new InvalidOperationException($"{recipient} was refused: {answer}\n{node.Process.Error}");
        }
    }

    /// <summary>A recipient in each domain.</summary>
    public static IEnumerable<string> InEachDomain(string name) => Enumerable.Range(1, Domains).Select(i => string.Create(CultureInfo.InvariantCulture, $"{name}@d{i}.test"));

    /// <summary>How many mails wait to be sent or are on their way.</summary>
    public static async Task<int> WaitingAsync(PosthornProcess asked) => (await asked.MessagesAsync("spool/outgoing")).Count + (await asked.MessagesAsync("spool/process/root")).Count;

    /// <summary>The nodes that did something of a kind to the mail for a recipient, as the trace tells it within a moment.</summary>
    public static Task<string?[]> DidAsync(PosthornProcess asked, string recipient, string kind) => Until.ResultAsync(
        async () => (await asked.Client.TraceAsync(new() { Recipient = recipient })).Where(e => e.Kind == kind).Select(e => e.Node).ToArray() is { Length: > 0 } nodes ? nodes : null,
        $"the trace tells who {kind} the mail for {recipient}");

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Values.Select(n => n.DisposeAsync().AsTask()));
        await Recorder.DisposeAsync();
        if (_names is not null)
            await _names.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }

    private string ConfigOf(string node, string outgoing) => $$"""
        node: {{node}}
        engine: { postgres: "{{_database.ConnectionString}}" }
        pipeline: { root: [ { if: recipient-is-local, deliver: mailbox }, { deliver: outgoing } ] }
        addresses: { "*@here.test": local }
        outgoing: { resolver: "127.0.0.1:{{_names.Port}}", port: {{Recorder.Port}}{{outgoing}} }
        """;
}
