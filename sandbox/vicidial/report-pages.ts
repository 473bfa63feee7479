/** Pages that are no files: the form, what a proxy or a server in trouble says. */
import type { Client } from './world.ts';

export function formPage(client: Client, report: string): string {
  const options = client.campaignIds.map((id) => `<option value="${id}">${id}</option>`).join('');
  return `<HTML>
<HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=utf-8">
<TITLE>ADMINISTRATION: ${report}</TITLE></HEAD>
<BODY BGCOLOR=WHITE><FORM ACTION="#" METHOD=GET NAME=vicidial_report id=vicidial_report>
<INPUT TYPE=HIDDEN NAME=run_export VALUE="1">
<SELECT SIZE=8 NAME=campaign[] multiple><option value="---ALL---">ALL</option>${options}</SELECT>
<INPUT TYPE=submit NAME=SUBMIT VALUE="SUBMIT"></FORM></BODY></HTML>
`;
}

export const PROXY_LOGIN = `<!DOCTYPE html><html><head><title>Sign in - Gateway</title></head>
<body><form method="post" action="/_auth"><input name="username"><input type="password"
name="password"><button>Sign in</button></form></body></html>
`;

export const PHP_WARNING =
  '<br />\n<b>Warning</b>:  mysqli_fetch_row() expects parameter 1 to be mysqli_result, bool given in <b>/srv/www/htdocs/vicidial/call_report_export.php</b> on line <b>1204</b><br />\n';

export const MYSQL_ERROR =
  "MySQL connect ERROR: SQLSTATE[HY000] [2002] Can't connect to local MySQL server through socket '/var/run/mysql/mysql.sock' (2)\n";
