using System.Net;
using System.Text;

namespace Posthorn.PostgreSql.Tests;

/// <summary>An HTTP service that answers as a test says.</summary>
internal sealed class StubService : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    private StubService(int port, Func<HttpListenerContext, (int Status, string Text)> answer)
    {
        Port = port;
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _serving = ServeAsync(answer);
    }

    public int Port { get; }

    public static Task<StubService> StartAsync(Func<HttpListenerContext, (int Status, string Text)> answer) => Task.FromResult(new StubService(S3Server.FreePort(), answer));

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync(Func<HttpListenerContext, (int Status, string Text)> answer)
    {
        while (_listener.IsListening)
        {
            try
            {
                var http = await _listener.GetContextAsync();
                var (status, text) = answer(http);
                http.Response.StatusCode = status;
                http.Response.ContentType = "application/xml";
                await http.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
                http.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // It is stopped, or the other side is gone.
            }
        }
    }
}
