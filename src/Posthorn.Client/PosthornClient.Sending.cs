using System.Globalization;
using System.Net.Http.Headers;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Sending;

namespace Posthorn.Client;

public sealed partial class PosthornClient
{
    /// <summary>Sends any bytes to a queue, which is made when it does not exist. Durable when the call returns.</summary>
    public Task<SentMessage> SendAsync(string queue, ReadOnlyMemory<byte> body, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(queue, new ReadOnlyMemoryContent(body), options ?? new SendOptions(), cancellationToken);

    /// <summary>Sends a stream's bytes to a queue, which is made when it does not exist; never all in memory. Durable when the call returns.</summary>
    public Task<SentMessage> SendAsync(string queue, Stream body, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(queue, new StreamContent(body), options ?? new SendOptions(), cancellationToken);

    /// <summary>Submits a mail to the pipeline, as if it had come by SMTP from this account. Durable when the call returns.</summary>
    public Task<SentMessage> SendMailAsync(Stream mail, MailOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new MailOptions();
        var path = "v1/mails" + new QueryText()
            .Add("sender", options.Sender).Add("recipient", options.Recipients).Add("priority", options.Priority).Add("delay", options.Delay);
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StreamContent(mail) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("message/rfc822");
        AddIdempotencyKey(request, options.IdempotencyKey);
        return SendAsync(request, PosthornJson.Default.SentMessage, cancellationToken);
    }

    /// <summary>Leases messages of a queue; waits when there are none as long as the options say.</summary>
    public async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(string queue, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ReceiveOptions();
        var path = Queue(queue) + "/leases" + new QueryText()
            .Add("max", options.Max).Add("wait", options.Wait).Add("visibility", options.Visibility).Add("group", options.Group);
        return (await PostAsync(path, PosthornJson.Default.ReceivedMessages, cancellationToken).ConfigureAwait(false)).Messages;
    }

    /// <summary>The body of a received message, whether it came along or must be fetched; to be disposed.</summary>
    public async Task<Stream> OpenAsync(ReceivedMessage message, CancellationToken cancellationToken = default) =>
        message.Body is { } bytes
            ? new MemoryStream(bytes, writable: false)
            : await OpenAsync(Lease(message.Handle) + "/body", cancellationToken).ConfigureAwait(false);

    /// <summary>Ends a received message: it is done.</summary>
    /// <exception cref="PosthornRefusedException">The lease has ended; the message may be somebody else's by now.</exception>
    public Task AckAsync(string handle, CancellationToken cancellationToken = default) => DeleteAsync(Lease(handle), cancellationToken);

    /// <summary>Extends a lease: it ends <paramref name="visibility"/> from now.</summary>
    /// <exception cref="PosthornRefusedException">The lease has ended.</exception>
    public Task<LeaseInfo> ExtendAsync(string handle, TimeSpan visibility, CancellationToken cancellationToken = default) =>
        ChangeLeaseAsync(handle, new LeaseChange { Visibility = visibility }, cancellationToken);

    /// <summary>Gives a message back; it can be received again after <paramref name="delay"/>, and <paramref name="error"/> is its last error unless it is null.</summary>
    /// <exception cref="PosthornRefusedException">The lease has ended.</exception>
    public Task<LeaseInfo> ReleaseAsync(string handle, TimeSpan delay = default, string? error = null, CancellationToken cancellationToken = default) =>
        ChangeLeaseAsync(handle, new LeaseChange { ReleaseAfter = delay, Error = error }, cancellationToken);

    private Task<LeaseInfo> ChangeLeaseAsync(string handle, LeaseChange change, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Patch, Lease(handle), change, PosthornJson.Default.LeaseChange, PosthornJson.Default.LeaseInfo, cancellationToken);

    private Task<SentMessage> SendAsync(string queue, HttpContent body, SendOptions options, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Queue(queue) + "/messages") { Content = body };
        AddIdempotencyKey(request, options.IdempotencyKey);
        Add("Posthorn-Priority", options.Priority?.ToString(CultureInfo.InvariantCulture));
        Add("Posthorn-Delay", options.Delay is { } delay ? DurationText.Format(delay) : null);
        Add("Posthorn-Group", options.Group);
        foreach (var (name, value) in options.Attributes)
            Add("Posthorn-Attribute-" + name, value);
        return SendAsync(request, PosthornJson.Default.SentMessage, cancellationToken);

        // Values may hold any text, header fields only visible ASCII: they travel percent-encoded.
        void Add(string name, string? value)
        {
            if (value is not null)
                request.Headers.Add(name, Escape(value));
        }
    }

    private static void AddIdempotencyKey(HttpRequestMessage request, string? key)
    {
        if (key is not null)
            request.Headers.Add("Idempotency-Key", Escape(key));
    }

    private static string Lease(string handle) => "v1/leases/" + Escape(handle);
}
