namespace Posthorn.IntegrationTests.Harness;

/// <summary>Where an SMTP dialogue is when a recording server is asked for its verdict.</summary>
internal enum Stage
{
    Connect,
    Ehlo,
    Mail,
    Rcpt,
    Data,

    /// <summary>After the final dot; the mail is complete.</summary>
    Content,
}
