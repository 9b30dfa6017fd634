// A web shop's registration. A user is registered and the welcome mail queued in one commit, and answered at once; the mail goes out in the
// background, is tried again while the mail server is away, and becomes a dead letter when that refuses it for good. README.md tells more.
//
//     dotnet run --project samples/Registration -- story     # see it happen, in one terminal
//     dotnet run --project samples/Registration              # the shop alone
//     curl -d '{"name":"Ada","address":"ada@example.test"}' -H 'Content-Type: application/json' http://127.0.0.1:5080/users
//
// The mail server is expected at 127.0.0.1:2525, where ./posthorn serve listens; --Smtp:Host and --Smtp:Port name another.
using Posthorn.Samples.Registration;
using Posthorn.Samples.Registration.Story;

if (args is ["story"])
    return await Teller.TellAsync();
await Shop.Build(args).RunAsync();
return 0;
