namespace Posthorn.Server.Accept.Smtp;

/// <summary>Limits of the SMTP door.</summary>
public sealed record SmtpOptions
{
}
