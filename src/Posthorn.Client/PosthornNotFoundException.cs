using System.Net;

namespace Posthorn.Client;

/// <summary>There is no such queue, message, task, order or destination (any more).</summary>
public sealed class PosthornNotFoundException(string code, string message) : PosthornException(HttpStatusCode.NotFound, code, message);
