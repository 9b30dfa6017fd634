using System.Net;

namespace Posthorn.Client;

/// <summary>The server did not do what was asked; the message is its reason in words.</summary>
public class PosthornException(HttpStatusCode? status, string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The HTTP status; null when there was no answer.</summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>Which problem it is: <c>queue-not-found</c>, <c>message-leased</c>, …; see the administration guide.</summary>
    public string Code { get; } = code;
}
