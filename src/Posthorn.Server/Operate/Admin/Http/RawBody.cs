namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>Tells the API's document that an endpoint takes any bytes. Only tells: whatever Content-Type a caller gives, or none, is fine.</summary>
internal sealed record RawBody(string ContentType);
