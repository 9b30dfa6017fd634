namespace Posthorn.Samples.Registration;

internal sealed record WelcomeMail(string Name, string Address);
