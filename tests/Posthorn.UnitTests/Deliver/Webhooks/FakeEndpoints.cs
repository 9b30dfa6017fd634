using System.Collections.Concurrent;
using System.Net;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>The endpoints of the world, by their paths: each answers as it is told, 200 when it is told nothing.</summary>
internal sealed class FakeEndpoints(TimeProvider time) : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Func<FakePost, HttpResponseMessage>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _hanging = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _inFlight = new(StringComparer.Ordinal);
    private int _held;

    /// <summary>What was posted, in the order it came.</summary>
    public ConcurrentQueue<FakePost> Posts { get; } = new();

    /// <summary>The most calls that each path had at once.</summary>
    public ConcurrentDictionary<string, int> Most { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<FakePost> To(string path) => [.. Posts.Where(p => p.Url.AbsolutePath == path)];

    /// <summary>Calls that wait for their path to be let go.</summary>
    public int Held => Volatile.Read(ref _held);

    public void Answer(string path, Func<FakePost, HttpResponseMessage> answer) => _answers[path] = answer;

    public void Answer(string path, int status, string body = "", Action<HttpResponseMessage>? with = null) => _answers[path] = _ => Response(status, body, with);

    /// <summary>Lets every call to a path wait, until it is let go.</summary>
    public void Hang(string path) => _hanging[path] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetGo(string path)
    {
        if (_hanging.TryRemove(path, out var hanging))
            hanging.SetResult();
    }

    public static HttpResponseMessage Response(int status, string body = "", Action<HttpResponseMessage>? with = null)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        with?.Invoke(response);
        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        var now = _inFlight.AddOrUpdate(path, 1, (_, n) => n + 1);
        Most.AddOrUpdate(path, now, (_, most) => Math.Max(most, now));
        try
        {
            var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            var headers = request.Headers.Concat(request.Content.Headers).ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase);
            var post = new FakePost(request.RequestUri, headers, body, time.GetUtcNow());
            Posts.Enqueue(post);
            if (_hanging.TryGetValue(path, out var hanging))
                await HoldAsync(hanging.Task, cancellationToken);
            return _answers.TryGetValue(path, out var answer) ? answer(post) : Response(200, "ok");
        }
        finally
        {
            _inFlight.AddOrUpdate(path, 0, (_, n) => n - 1);
        }
    }

    private async Task HoldAsync(Task letGo, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _held);
        try
        {
            await letGo.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _held);
        }
    }
}
