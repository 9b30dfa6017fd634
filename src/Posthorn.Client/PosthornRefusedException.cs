using System.Net;

namespace Posthorn.Client;

/// <summary>The server understood and refuses: no valid token (401), no right (403), a conflict with somebody's work (409), a limit (413, 429, 507).</summary>
public sealed class PosthornRefusedException(HttpStatusCode status, string code, string message) : PosthornException(status, code, message);
