using System.Collections.Concurrent;
using System.Net;
using Posthorn.Protocols.Dns;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Resolving;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>The DNS and the hosts of a small world.</summary>
internal sealed class FakeNetwork : IDnsResolver, IConnector
{
    private readonly Dictionary<IPAddress, FakeSmtpServer> _servers = [];
    private readonly Dictionary<(string Name, DnsRecordType Type), DnsAnswer> _answers = [];

    public ConcurrentQueue<string> Questions { get; } = new();

    /// <summary>A host with a server.</summary>
    public FakeSmtpServer Host(string name, FakeSmtpServer? server = null)
    {
        server ??= new FakeSmtpServer();
        var address = IPAddress.Parse($"192.0.2.{_servers.Count + 1}");
        _servers[address] = server;
        _answers[(name, DnsRecordType.A)] = Found(new DnsRecord(name, DnsRecordType.A, TimeSpan.FromMinutes(1)) { Address = address });
        return server;
    }

    /// <summary>A domain's mail exchangers, each preferred to the next.</summary>
    public void Mx(string domain, params string[] hosts) =>
        _answers[(domain, DnsRecordType.Mx)] = Found([.. hosts.Select((h, i) => new DnsRecord(domain, DnsRecordType.Mx, TimeSpan.FromMinutes(1)) { Preference = (ushort)(10 * (i + 1)), Target = h })]);

    public void Answer(string name, DnsRecordType type, DnsAnswerKind kind) => _answers[(name, type)] = new DnsAnswer(kind, [], kind == DnsAnswerKind.Failed ? "SERVFAIL" : null);

    public ValueTask<DnsAnswer> ResolveAsync(string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        Questions.Enqueue($"{type} {name}");
        return ValueTask.FromResult(_answers.TryGetValue((name, type), out var answer) ? answer
            : _answers.Keys.Any(k => k.Name == name) ? new DnsAnswer(DnsAnswerKind.NoData, []) : new DnsAnswer(DnsAnswerKind.NoSuchName, []));
    }

    public ValueTask<Stream> ConnectAsync(IPEndPoint remote, IPAddress? local, CancellationToken cancellationToken) =>
        _servers.TryGetValue(remote.Address, out var server) ? ValueTask.FromResult(server.Connect()) : throw new IOException("No route to host");

    private static DnsAnswer Found(params DnsRecord[] records) => new(DnsAnswerKind.Found, records);
}
