namespace Posthorn.Protocols.Aws.Signing;

/// <summary>A request as its signature covers it: as it came on the wire.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Path">The path as it was sent, encoded; begins with a slash.</param>
/// <param name="Query">The query string as it was sent, without its question mark.</param>
/// <param name="Header">The values of a header field by its lower-case name, joined by commas when there are several; null when it was not sent.</param>
/// <param name="BodyHash">SHA-256 of the body, lower-case hexadecimal.</param>
public sealed record SignedRequest(string Method, string Path, string Query, Func<string, string?> Header, string BodyHash);
