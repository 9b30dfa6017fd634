using System.Net.Mail;
using Posthorn.Embedded;

namespace Posthorn.Samples.Registration;

/// <summary>Sends one welcome mail; when that fails, the queue has it tried again.</summary>
internal sealed class WelcomeMailer(IConfiguration configuration) : IMessageProcessor<WelcomeMail>
{
    public async Task ProcessAsync(ReceivedMessage<WelcomeMail> message, CancellationToken cancellationToken)
    {
        var (name, address) = message.Value;
        using var smtp = new SmtpClient(configuration["Smtp:Host"] ?? "127.0.0.1", configuration.GetValue("Smtp:Port", 2525));
        using var mail = new MailMessage("shop@example.test", address)
        {
            Subject = "Welcome",
            Body = $"Dear {name},\n\nyou are registered now.\n",
        };
        // The same id at every attempt: whoever gets the mail twice can tell.
        mail.Headers.Add("Message-ID", $"<{message.Id}@shop.example.test>");
        await smtp.SendMailAsync(mail, cancellationToken);
    }
}
