using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Posthorn.Contracts;
using Posthorn.Protocols.Dns;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.UnitTests.Protocols.Dns;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>The resolver against a name server on loopback.</summary>
public sealed class DnsResolverTests : IDisposable
{
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _tcp;
    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _asked = new();

    /// <summary>Answers (id, name, type, over TCP) with the responses to send, in order; none is silence.</summary>
    private Func<ushort, string, DnsRecordType, bool, IEnumerable<byte[]>> _answer = (_, _, _, _) => [];

    public DnsResolverTests()
    {
        // The same port for both: whoever has it for UDP asks for it for TCP, and tries another when that is taken.
        while (true)
        {
            _udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            try
            {
                _tcp = new TcpListener((IPEndPoint)_udp.LocalEndPoint!);
                _tcp.Start();
                break;
            }
            catch (SocketException)
            {
                _udp.Dispose();
                _udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            }
        }

        _ = ServeUdpAsync();
        _ = ServeTcpAsync();
    }

    [Fact]
    public async Task An_answer_is_remembered_for_its_time()
    {
        _answer = (id, name, type, _) => [Response(id, name, type, DnsBytes.Mx(name, 10, "mx.test", 60))];
        var resolver = Resolver();
        (await resolver.ResolveAsync("Example.test", DnsRecordType.Mx, default)).Records.Single().Target.ShouldBe("mx.test");
        _time.Advance(TimeSpan.FromSeconds(59));
        await resolver.ResolveAsync("example.test", DnsRecordType.Mx, default);
        _asked.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await resolver.ResolveAsync("example.test", DnsRecordType.Mx, default);
        _asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task That_there_is_nothing_is_remembered_for_the_time_of_the_soa()
    {
        _answer = (id, name, type, _) => [DnsBytes.Response(id, name, type, name == "no.test" ? DnsResponseCode.NameError : DnsResponseCode.NoError, false, [], [DnsBytes.Soa("test", 600, 30)])];
        var resolver = Resolver();
        (await resolver.ResolveAsync("no.test", DnsRecordType.Mx, default)).Kind.ShouldBe(DnsAnswerKind.NoSuchName);
        (await resolver.ResolveAsync("empty.test", DnsRecordType.Mx, default)).Kind.ShouldBe(DnsAnswerKind.NoData);
        await resolver.ResolveAsync("no.test", DnsRecordType.Mx, default);
        _asked.Count.ShouldBe(2);
        _time.Advance(TimeSpan.FromSeconds(30));
        await resolver.ResolveAsync("no.test", DnsRecordType.Mx, default);
        _asked.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Aliases_are_followed_within_an_answer_and_beyond_it()
    {
        _answer = (id, name, type, _) => name switch
        {
            "www.test" => [Response(id, name, type, DnsBytes.A("host.test", "192.0.2.7"), DnsBytes.Cname("alias.test", "host.test"), DnsBytes.Cname("www.test", "alias.test"))],
            "far.test" => [Response(id, name, type, DnsBytes.Cname("far.test", "other.test"))],
            "other.test" => [Response(id, name, type, DnsBytes.A("other.test", "192.0.2.8"))],
            _ => [Response(id, name, type, DnsBytes.Cname(name, name == "loop.test" ? "loop2.test" : "loop.test"))],
        };
        var resolver = Resolver();
        (await resolver.ResolveAsync("www.test", DnsRecordType.A, default)).Records.Single().Address.ShouldBe(IPAddress.Parse("192.0.2.7"));
        (await resolver.ResolveAsync("far.test", DnsRecordType.A, default)).Records.Single().Address.ShouldBe(IPAddress.Parse("192.0.2.8"));
        (await resolver.ResolveAsync("loop.test", DnsRecordType.A, default)).Kind.ShouldBe(DnsAnswerKind.Failed);
    }

    [Fact]
    public async Task What_does_not_fit_is_asked_for_over_tcp()
    {
        _answer = (id, name, type, isTcp) => isTcp
            ? [Response(id, name, type, [.. Enumerable.Range(0, 100).Select(i => DnsBytes.Mx(name, (ushort)i, $"mx{i}.example.test"))])]
            : [DnsBytes.Response(id, name, type, DnsResponseCode.NoError, true, [], [])];
        (await Resolver().ResolveAsync("big.test", DnsRecordType.Mx, default)).Records.Count.ShouldBe(100);
        _asked.ShouldBe(["Mx big.test", "Mx big.test over TCP"]);
    }

    [Fact]
    public async Task A_forged_response_is_passed_over()
    {
        _answer = (id, name, type, _) =>
        [
            Response((ushort)(id + 1), name, type, DnsBytes.A(name, "192.0.2.66")),
            Response(id, "other.test", type, DnsBytes.A("other.test", "192.0.2.66")),
            Response(id, name, type, DnsBytes.A("unasked.test", "192.0.2.66"), DnsBytes.A(name, "192.0.2.1")),
        ];
        (await Resolver().ResolveAsync("host.test", DnsRecordType.A, default)).Records.Select(r => r.Address).ShouldBe([IPAddress.Parse("192.0.2.1")]);
    }

    [Theory]
    [InlineData(DnsResponseCode.ServerFailure)]
    [InlineData(DnsResponseCode.Refused)]
    [InlineData(DnsResponseCode.NotImplemented)]
    public async Task A_server_that_fails_is_asked_again_and_then_it_is_a_failure_that_is_not_remembered(DnsResponseCode code)
    {
        _answer = (id, name, type, _) => [DnsBytes.Response(id, name, type, code, false, [], [])];
        var resolver = Resolver();
        var answer = await resolver.ResolveAsync("host.test", DnsRecordType.A, default);
        (answer.Kind, _asked.Count).ShouldBe((DnsAnswerKind.Failed, 2));
        answer.Detail.ShouldNotBeNull().ShouldContain(code.ToString());
        _answer = (id, name, type, _) => [Response(id, name, type, DnsBytes.A(name, "192.0.2.1"))];
        (await resolver.ResolveAsync("host.test", DnsRecordType.A, default)).Kind.ShouldBe(DnsAnswerKind.Found);
    }

    [Fact]
    public async Task Silence_ends_by_its_time()
    {
        var asking = Resolver().ResolveAsync("host.test", DnsRecordType.A, default).AsTask();
        while (!asking.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(asking, Task.Delay(2));
        }

        var answer = await asking;
        answer.Kind.ShouldBe(DnsAnswerKind.Failed);
        answer.Detail.ShouldNotBeNull().ShouldContain("does not answer");
    }

    [Fact]
    public async Task Many_who_ask_the_same_at_once_cause_one_question()
    {
        _answer = (id, name, type, _) => [Response(id, name, type, DnsBytes.A(name, "192.0.2.1", 0))];
        var resolver = Resolver();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => resolver.ResolveAsync("host.test", DnsRecordType.A, default).AsTask()));
        answers.ShouldAllBe(a => a.Kind == DnsAnswerKind.Found);
        _asked.Count.ShouldBeLessThan(20);
    }

    [Theory]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("x.localhost", "127.0.0.1")]
    [InlineData("Named.test", "192.0.2.5")]
    public async Task Hosts_known_here_are_not_asked_for(string name, string address)
    {
        var resolver = new DnsResolver(new ResolverOptions { Servers = [], Hosts = ResolverOptions.ParseHosts("192.0.2.5 named.test other # a comment\n::1 named.test\n") }, _time);
        (await resolver.ResolveAsync(name, DnsRecordType.A, default)).Records.Single().Address.ShouldBe(IPAddress.Parse(address));
        _asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a b.test..")]
    public async Task What_is_no_name_does_not_exist(string name) =>
        (await Resolver().ResolveAsync(name, DnsRecordType.A, default)).Kind.ShouldBe(DnsAnswerKind.NoSuchName);

    [Fact]
    public async Task The_cache_forgets_the_oldest()
    {
        _answer = (id, name, type, _) => [Response(id, name, type, DnsBytes.A(name, "192.0.2.1", 3600))];
        var resolver = new DnsResolver(Options() with { CacheEntriesMax = 3 }, _time);
        foreach (var name in new[] { "a.test", "b.test", "c.test", "d.test", "d.test", "a.test" })
            await resolver.ResolveAsync(name, DnsRecordType.A, default);
        _asked.ShouldBe(["A a.test", "A b.test", "A c.test", "A d.test", "A a.test"]);
    }

    [Fact]
    public void Resolv_conf_is_read_as_far_as_it_makes_sense()
    {
        var read = ResolverOptions.ParseResolvConf("# comment\nnameserver 192.0.2.1\nnameserver  2001:db8::1 \nnameserver nonsense\nsearch a.test\noptions timeout:3 attempts:9 rotate\n");
        read.Servers.ShouldBe([IPEndPoint.Parse("192.0.2.1:53"), IPEndPoint.Parse("[2001:db8::1]:53")]);
        (read.Timeout, read.Attempts).ShouldBe((TimeSpan.FromSeconds(3), 5));
        ResolverOptions.ParseResolvConf("").Servers.ShouldBe([IPEndPoint.Parse("127.0.0.1:53")]);
    }

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private DnsResolver Resolver() => new(Options(), _time);

    private ResolverOptions Options() => new() { Servers = [(IPEndPoint)_udp.LocalEndPoint!] };

    private static byte[] Response(ushort id, string name, DnsRecordType type, params byte[][] answers) => DnsBytes.Response(id, name, type, DnsResponseCode.NoError, false, answers, []);

    private IEnumerable<byte[]> Answer(ReadOnlySpan<byte> question, bool isTcp)
    {
        // A question is read as a response is: the same form.
        var read = DnsMessage.Read(question);
        _asked.Enqueue($"{read.QuestionType} {read.QuestionName}{(isTcp ? " over TCP" : "")}");
        return _answer(read.Id, read.QuestionName, read.QuestionType, isTcp).ToList();
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                foreach (var response in Answer(buffer.AsSpan(0, received.ReceivedBytes), isTcp: false))
                    await _udp.SendToAsync(response, received.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _tcp.AcceptTcpClientAsync();
                await using var stream = client.GetStream();
                var length = new byte[2];
                await stream.ReadExactlyAsync(length);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question);
                foreach (var response in Answer(question, isTcp: true))
                {
                    BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)response.Length);
                    await stream.WriteAsync(length);
                    await stream.WriteAsync(response);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            return;
        }
    }
}
