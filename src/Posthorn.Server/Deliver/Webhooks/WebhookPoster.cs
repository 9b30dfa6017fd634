using System.Buffers;
using System.Reflection;
using System.Text.Json;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Webhooks;
using Posthorn.Server.Deliver.Endpoints;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Makes the calls: reads the body once to sign it and once more to send it, so that none is ever in memory whole.</summary>
internal sealed class WebhookPoster(IEngine engine, EndpointClients clients, TimeProvider time)
{
    private const int PieceBytes = 64 * 1024;

    private static readonly string s_userAgent =
        "Posthorn/" + (typeof(WebhookPoster).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    /// <summary>Posts a message.</summary>
    /// <exception cref="BodyLostException">Its body cannot be read.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="aborting"/>; what the endpoint did is not known.</exception>
    public async Task<EndpointAnswer> PostAsync(WebhookOptions webhook, Uri url, Message message, int attempt, ReplyBody? reply, CancellationToken aborting)
    {
        await using var body = await engine.OpenAsync(message.Content, aborting);
        var (id, now) = (message.Id.ToString(), time.GetUtcNow().ToUnixTimeSeconds());
        var head = new byte[(int)Math.Min(body.Length, PostedContentType.HeadBytes)];
        var signature = await SignAsync(webhook, id, now, body, head, aborting);
        var headers = PostedHeaders.Of(webhook, id, now, signature);
        PostedHeaders.Add(headers, message, attempt);
        return await PostAsync(webhook, url, body, PostedContentType.Of(webhook, message, head), headers, reply is null ? null : reply.ReadAsync, aborting);
    }

    /// <summary>Makes a signed call without a message.</summary>
    public async Task<(string Id, EndpointAnswer Answer)> PingAsync(WebhookOptions webhook, Uri url, CancellationToken cancellationToken)
    {
        var (id, now) = ($"test_{Guid.NewGuid():N}", time.GetUtcNow());
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type", "webhook.test");
            json.WriteString("timestamp", now.UtcDateTime);
            json.WriteStartObject("data");
            json.WriteString("webhook", webhook.Name);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        var signature = await SignAsync(webhook, id, now.ToUnixTimeSeconds(), body, Memory<byte>.Empty, cancellationToken);
        return (id, await PostAsync(webhook, url, body, "application/json", PostedHeaders.Of(webhook, id, now.ToUnixTimeSeconds(), signature), null, cancellationToken));
    }

    private async Task<EndpointAnswer> PostAsync(
        WebhookOptions webhook, Uri url, Stream body, string contentType, IReadOnlyList<KeyValuePair<string, string>> headers,
        Func<Stream, CancellationToken, ValueTask>? readAnswer, CancellationToken aborting)
    {
        var post = new EndpointPost(url, body, contentType) { Headers = headers, UserAgent = s_userAgent, Timeout = webhook.Timeout, ReadAnswer = readAnswer };
        var answer = await clients.For(webhook.AllowsPrivate).PostAsync(post, aborting);
        return answer.Code == EndpointAnswer.PrivateAddress
            ? answer with { Reason = answer.Reason + "; 'allow-private: true' in the webhook allows such endpoints" }
            : answer;
    }

    private static async ValueTask<string> SignAsync(WebhookOptions webhook, string id, long timestamp, Stream body, Memory<byte> head, CancellationToken cancellationToken)
    {
        body.Position = 0;
        await body.ReadExactlyAsync(head, cancellationToken);
        if (webhook.Secrets.Count == 0)
            return "";
        using var signer = new WebhookSigner(webhook.Secrets, id, timestamp);
        signer.Append(head.Span);
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (await body.ReadAsync(piece, cancellationToken) is var count and > 0)
                signer.Append(piece.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        return signer.Finish();
    }
}
