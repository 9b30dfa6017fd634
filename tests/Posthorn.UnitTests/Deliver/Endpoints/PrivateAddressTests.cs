using System.Net;
using System.Net.Sockets;
using System.Text;
using Posthorn.Server.Deliver.Endpoints;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Endpoints;

/// <summary>Whatever a URL looks like, a private address is not connected to; and no answer leads to one.</summary>
public sealed class PrivateAddressTests
{
    [Theory]
    // This machine
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://127.0.0.1:9324/")]
    [InlineData("http://127.1/")]
    [InlineData("http://127.255.255.254/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0x7f.0.0.1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://0/")]
    [InlineData("http://localhost/")]
    [InlineData("http://LOCALHOST:80/")]
    [InlineData("http://user:password@127.0.0.1/")]
    [InlineData("http://example.com@127.0.0.1/")]
    [InlineData("http://127.0.0.1#@example.com/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[0:0:0:0:0:0:0:1]/")]
    [InlineData("http://[::]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    [InlineData("http://[::127.0.0.1]/")]
    // Private networks
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://10.255.255.255/")]
    [InlineData("http://172.16.0.1/")]
    [InlineData("http://172.31.255.255/")]
    [InlineData("http://192.168.1.1/")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://[fd12:3456::1]/")]
    [InlineData("http://[fc00::1]/")]
    // The link, and what clouds keep there
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    // IPv4 within IPv6
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://[2001:0:7f00:1::]/")]
    // Many at once, reserved, documentation
    [InlineData("http://224.0.0.1/")]
    [InlineData("http://255.255.255.255/")]
    [InlineData("http://240.0.0.1/")]
    [InlineData("http://[ff02::1]/")]
    [InlineData("http://192.0.2.1/")]
    [InlineData("http://198.18.0.1/")]
    [InlineData("http://[2001:db8::1]/")]
    public async Task A_private_address_is_refused_in_every_form(string url)
    {
        using var clients = new EndpointClients(TimeProvider.System);
        var answer = await clients.For(allowsPrivate: false).PostAsync(Post(new Uri(url)), CancellationToken.None);

        (answer.IsDone, answer.IsTransient, answer.Code).ShouldBe((false, false, EndpointAnswer.PrivateAddress), answer.Reason);
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("1.1.1.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("169.255.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("::ffff:8.8.8.8")]
    public void What_is_next_to_a_private_network_is_public(string address) => PublicAddress.Is(IPAddress.Parse(address)).ShouldBeTrue();

    [Fact]
    public async Task One_who_may_use_private_addresses_leaves_no_connection_to_one_who_may_not()
    {
        using var server = new OneAnswer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var clients = new EndpointClients(TimeProvider.System);

        (await clients.For(allowsPrivate: true).PostAsync(Post(server.Url), CancellationToken.None)).IsDone.ShouldBeTrue();
        (await clients.For(allowsPrivate: false).PostAsync(Post(server.Url), CancellationToken.None)).Code.ShouldBe(EndpointAnswer.PrivateAddress);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_an_answer_and_is_not_followed(int status)
    {
        using var elsewhere = new OneAnswer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var server = new OneAnswer($"HTTP/1.1 {status} Elsewhere\r\nLocation: {elsewhere.Url}\r\nContent-Length: 0\r\n\r\n");
        using var clients = new EndpointClients(TimeProvider.System);

        var answer = await clients.For(allowsPrivate: true).PostAsync(Post(server.Url), CancellationToken.None);

        (answer.IsDone, answer.Status, answer.Reason).ShouldBe((false, status, $"{status} Elsewhere"));
        elsewhere.Connections.ShouldBe(0);
    }

    private static EndpointPost Post(Uri url) => new(url, new MemoryStream("x"u8.ToArray()), "text/plain") { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>A server that gives each connection one answer.</summary>
    private sealed class OneAnswer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly byte[] _answer;
        private int _connections;

        public OneAnswer(string answer)
        {
            _answer = Encoding.ASCII.GetBytes(answer);
            _listener.Start();
            _ = ServeAsync();
        }

        public int Connections => Volatile.Read(ref _connections);

        public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/hook");

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var socket = await _listener.AcceptSocketAsync();
                    Interlocked.Increment(ref _connections);
                    var request = new byte[4_096];
                    var length = 0;
                    while (!Encoding.ASCII.GetString(request, 0, length).EndsWith("\r\n\r\nx", StringComparison.Ordinal))
                        length += await socket.ReceiveAsync(request.AsMemory(length));
                    await socket.SendAsync(_answer);
                    socket.Shutdown(SocketShutdown.Send);
                    while (await socket.ReceiveAsync(request) > 0)
                    {
                        // Until the other side has closed too.
                    }
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
