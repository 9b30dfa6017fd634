namespace Posthorn.IntegrationTests.Harness;

/// <summary>A file to be sent as a mail.</summary>
internal sealed record MailToSend(string Sender, IReadOnlyList<string> Recipients, string File);
