using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Posthorn.Protocols.Dns;

namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>
/// A stub resolver (RFC 1034 5.3.1): asks the configured name servers over UDP, over TCP what does not fit, follows CNAMEs and remembers answers.
/// </summary>
/// <remarks>
/// Diagnostics: no answer, SERVFAIL, REFUSED and garbage make it ask the next server; when none answers, the result is <see cref="DnsAnswerKind.Failed"/>.
/// Limits: trusts its name servers (it does not validate DNSSEC); does not append search domains.
/// Against forged answers each question has a random number and a port of its own, and the response must repeat the question.
/// </remarks>
public sealed class DnsResolver(ResolverOptions options, TimeProvider time) : IDnsResolver
{
    private const int AliasesMax = 8;

    private readonly DnsCache _cache = new(options.CacheEntriesMax, time);
    private readonly Lock _gate = new();    // guards _underWay
    private readonly Dictionary<(string Name, DnsRecordType Type), Task<DnsAnswer>> _underWay = [];

    public async ValueTask<DnsAnswer> ResolveAsync(string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        name = DomainNames.ToAscii(name);
        if (Local(name, type) is { } local)
            return local;
        for (var aliases = 0; aliases <= AliasesMax; aliases++)
        {
            if (_cache.Find(name, type) is not { } answer)
                answer = await AskOnceAsync(name, type).WaitAsync(cancellationToken);
            // An answer that ends in an alias without its target: the target is a question of its own.
            if (answer is not { Kind: DnsAnswerKind.Found, Records: [{ Type: DnsRecordType.Cname, Target: { } target }] } || type == DnsRecordType.Cname)
                return answer;
            name = target;
        }

        return Failed($"{name} is an alias of an alias, more than {AliasesMax} times over");
    }

    // RFC 6761 6.3: "localhost" is never asked for.
    private DnsAnswer? Local(string name, DnsRecordType type)
    {
        if (type is not (DnsRecordType.A or DnsRecordType.Aaaa))
            return null;
        if (!options.Hosts.TryGetValue(name, out var addresses))
        {
            if (name != "localhost" && !name.EndsWith(".localhost", StringComparison.Ordinal))
                return null;
            addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }

        var family = type == DnsRecordType.A ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        var records = addresses.Where(a => a.AddressFamily == family).Select(a => new DnsRecord(name, type, TimeSpan.Zero) { Address = a }).ToList();
        return new DnsAnswer(records.Count > 0 ? DnsAnswerKind.Found : DnsAnswerKind.NoData, records);
    }

    // One question under way for all who ask it; it ends by its own time, not by any asker's patience.
    private Task<DnsAnswer> AskOnceAsync(string name, DnsRecordType type)
    {
        lock (_gate)
        {
            if (_underWay.TryGetValue((name, type), out var asked))
                return asked;
            return _underWay[(name, type)] = Task.Run(async () =>
            {
                try
                {
                    var answer = await AskServersAsync(name, type);
                    _cache.Add(name, type, answer);
                    return answer;
                }
                finally
                {
                    lock (_gate)
                        _underWay.Remove((name, type));
                }
            });
        }
    }

    private async Task<DnsAnswer> AskServersAsync(string name, DnsRecordType type)
    {
        var reasons = new List<string>();
        for (var attempt = 0; attempt < options.Attempts; attempt++)
        {
            foreach (var server in options.Servers)
            {
                using var deadline = new CancellationTokenSource(options.Timeout, time);
                try
                {
                    var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
                    var question = DnsMessage.WriteQuestion(id, name, type);
                    var response = await AskUdpAsync(server, question, id, name, type, deadline.Token);
                    if (response.IsTruncated)
                        response = await AskTcpAsync(server, question, id, name, type, deadline.Token);
                    if (response.ResponseCode is DnsResponseCode.NoError or DnsResponseCode.NameError)
                        return Interpret(response, name, type);
                    reasons.Add($"{server} says {response.ResponseCode}");
                }
                catch (DnsFormatException e) when (reasons.Count == 0 && !IsName(name))
                {
                    // The name itself can't be asked for, so it can't exist.
                    return new DnsAnswer(DnsAnswerKind.NoSuchName, [], e.Message);
                }
                catch (OperationCanceledException)
                {
                    reasons.Add($"{server} does not answer");
                }
                catch (Exception e) when (e is SocketException or IOException or DnsFormatException)
                {
                    reasons.Add($"{server}: {e.Message}");
                }
            }
        }

        return Failed($"{type.ToString().ToUpperInvariant()} of {name}: {string.Join("; ", reasons.Distinct())}");
    }

    private static bool IsName(string name)
    {
        try
        {
            DnsMessage.WriteQuestion(0, name, DnsRecordType.A);
            return true;
        }
        catch (DnsFormatException)
        {
            return false;
        }
    }

    private static async Task<DnsMessage> AskUdpAsync(IPEndPoint server, byte[] question, ushort id, string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        // A socket a question: the system gives each a random port. Connected, so that only that server's packets arrive.
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken);
        await socket.SendAsync(question, SocketFlags.None, cancellationToken);
        var buffer = new byte[DnsMessage.UdpBytesMax + 1];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
            // What does not answer our question may be a forgery: it is passed over, the true response may still come.
            if (TryRead(buffer.AsSpan(0, length), id, name, type) is { } response)
                return response;
        }
    }

    private static async Task<DnsMessage> AskTcpAsync(IPEndPoint server, byte[] question, ushort id, string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken);
        await using var stream = new NetworkStream(socket);
        var framed = new byte[question.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellationToken);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellationToken);
        var buffer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(buffer, cancellationToken);
        return TryRead(buffer, id, name, type) ?? throw new DnsFormatException("answers another question");
    }

    private static DnsMessage? TryRead(ReadOnlySpan<byte> bytes, ushort id, string name, DnsRecordType type)
    {
        if (bytes.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(bytes) != id)
            return null;
        var response = DnsMessage.Read(bytes);
        return response.IsResponse && response.QuestionType == type && response.QuestionName == name ? response : null;
    }

    private DnsAnswer Interpret(DnsMessage response, string name, DnsRecordType type)
    {
        // The chain of aliases within one answer (RFC 1034 3.6.2), in whatever order its links stand.
        var ttl = options.TimeToLiveMax;
        var owner = name;
        for (var i = 0; i <= AliasesMax && type != DnsRecordType.Cname; i++)
        {
            var alias = response.Answers.FirstOrDefault(r => r.Type == DnsRecordType.Cname && r.Name == owner);
            if (alias?.Target is not { Length: > 0 } target)
                break;
            owner = target;
            ttl = alias.TimeToLive < ttl ? alias.TimeToLive : ttl;
        }

        var found = response.Answers.Where(r => r.Type == type && r.Name == owner).ToList();
        if (found.Count > 0)
            return new DnsAnswer(DnsAnswerKind.Found, found) { TimeToLive = found.Select(r => r.TimeToLive).Append(ttl).Min() };

        var negative = response.Authorities.FirstOrDefault(r => r.Type == DnsRecordType.Soa)?.NegativeTimeToLive ?? TimeSpan.Zero;
        negative = negative < options.NegativeTimeToLiveMax ? negative : options.NegativeTimeToLiveMax;
        if (response.ResponseCode == DnsResponseCode.NameError)
            return new DnsAnswer(DnsAnswerKind.NoSuchName, []) { TimeToLive = negative };
        return owner == name
            ? new DnsAnswer(DnsAnswerKind.NoData, []) { TimeToLive = negative }
            // A server that does not recurse to the alias's target leaves that to us.
            : new DnsAnswer(DnsAnswerKind.Found, [new DnsRecord(name, DnsRecordType.Cname, ttl) { Target = owner }]) { TimeToLive = response.Authorities.Any(r => r.Type == DnsRecordType.Soa) ? TimeSpan.Zero : ttl };
    }

    private static DnsAnswer Failed(string detail) => new(DnsAnswerKind.Failed, [], detail);
}
